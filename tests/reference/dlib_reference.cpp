// The parity reference of FaceId: runs dlib's own face pipeline and writes what every stage produced.
//
//   dlib_reference goldens --models DIR --photos DIR --out DIR [--only johns|faces|stages]
//   dlib_reference detect  --models DIR --photo FILE [--upsample N] [--draw OUT.png]
//   dlib_reference bench   --models DIR --photo FILE [--runs N] [--warmup N] [--only NAME,NAME]
//
// README.md beside this file describes the output. Everything runs on one thread, so that sums are made in one order.

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <dlib/dnn.h>
#include <dlib/image_io.h>
#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_transforms.h>
#include <dlib/revision.h>

extern "C" {
char* openblas_get_config(void);
char* openblas_get_corename(void);
int openblas_get_num_threads(void);
void openblas_set_num_threads(int);
}

namespace fs = std::filesystem;
using image = dlib::matrix<dlib::rgb_pixel>;
using descriptor = dlib::matrix<float, 0, 1>;

// ---- The two networks ---------------------------------------------------------------------------
// dlib keeps a network's shape in its C++ type; a model file holds only the parameters and says nothing of the type.

template <int N, int Stride, typename S>
using conv_pair = dlib::affine<dlib::con<N, 3, 3, 1, 1, dlib::relu<dlib::affine<dlib::con<N, 3, 3, Stride, Stride, S>>>>>;

template <int N, typename S>
using same_size = dlib::relu<dlib::add_prev1<conv_pair<N, 1, dlib::tag1<S>>>>;

template <int N, typename S>
using half_size = dlib::relu<dlib::add_prev2<dlib::avg_pool<2, 2, 2, 2, dlib::skip1<dlib::tag2<conv_pair<N, 2, dlib::tag1<S>>>>>>>;

template <typename S> using stage32 = same_size<32, same_size<32, same_size<32, S>>>;
template <typename S> using stage64 = same_size<64, same_size<64, same_size<64, half_size<64, S>>>>;
template <typename S> using stage128 = same_size<128, same_size<128, half_size<128, S>>>;
template <typename S> using stage256 = half_size<256, same_size<256, same_size<256, half_size<256, S>>>>;
template <typename S> using stem = dlib::max_pool<3, 3, 2, 2, dlib::relu<dlib::affine<dlib::con<32, 7, 7, 2, 2, S>>>>;

using encoder_net = dlib::loss_metric<dlib::fc_no_bias<128, dlib::avg_pool_everything<
    stage256<stage128<stage64<stage32<stem<dlib::input_rgb_image_sized<150>>>>>>>>>;

template <int N, typename S> using conv5_half = dlib::relu<dlib::affine<dlib::con<N, 5, 5, 2, 2, S>>>;
template <int N, typename S> using conv5_same = dlib::relu<dlib::affine<dlib::con<N, 5, 5, 1, 1, S>>>;

using detector_net = dlib::loss_mmod<dlib::con<1, 9, 9, 1, 1,
    conv5_same<45, conv5_same<45, conv5_same<45,
    conv5_half<32, conv5_half<32, conv5_half<16,
    dlib::input_rgb_image_pyramid<dlib::pyramid_down<6>>>>>>>>>>;

struct models
{
    encoder_net encoder;
    detector_net detector;
    dlib::shape_predictor landmarks;

    explicit models(const fs::path& dir)
    {
        dlib::deserialize((dir / "dlib_face_recognition_resnet_model_v1.dat").string()) >> encoder;
        dlib::deserialize((dir / "mmod_human_face_detector.dat").string()) >> detector;
        dlib::deserialize((dir / "shape_predictor_5_face_landmarks.dat").string()) >> landmarks;
    }
};

// ---- The shape predictor, once more, for its unrounded points -----------------------------------
// dlib::shape_predictor rounds its points to whole pixels. This reads the same file and keeps the fractions;
// `points` checks itself against dlib's own answer.

class unrounded_predictor
{
public:
    explicit unrounded_predictor(const fs::path& file)
    {
        std::ifstream in(file, std::ios::binary);
        int version = 0;
        dlib::deserialize(version, in);
        dlib::deserialize(initial, in);
        dlib::deserialize(forests, in);
        dlib::deserialize(anchors, in);
        dlib::deserialize(deltas, in);
    }

    std::vector<dlib::dpoint> points(const image& img, const dlib::rectangle& box, const dlib::full_object_detection& expected) const
    {
        descriptor shape = initial;
        std::vector<float> features;
        for (size_t level = 0; level < forests.size(); ++level)
        {
            dlib::impl::extract_feature_pixel_values(img, box, shape, initial, anchors[level], deltas[level], features);
            unsigned long leaf = 0;
            for (const auto& tree : forests[level])
                shape += tree(features, leaf);
        }

        const auto to_image = dlib::impl::unnormalizing_tform(box);
        std::vector<dlib::dpoint> result;
        for (long i = 0; i < shape.size() / 2; ++i)
        {
            result.push_back(to_image(dlib::impl::location(shape, i)));
            if (dlib::point(result.back()) != expected.part(i))
                throw dlib::error("the unrounded landmarks disagree with dlib::shape_predictor");
        }
        return result;
    }

private:
    descriptor initial;
    std::vector<std::vector<dlib::impl::regression_tree>> forests;
    std::vector<std::vector<unsigned long>> anchors;
    std::vector<std::vector<dlib::vector<float, 2>>> deltas;
};

// ---- Checksums ----------------------------------------------------------------------------------

class sha256
{
public:
    static std::string of(const std::vector<unsigned char>& bytes)
    {
        sha256 s;
        std::vector<unsigned char> padded(bytes);
        padded.push_back(0x80);
        while (padded.size() % 64 != 56)
            padded.push_back(0);
        const uint64_t bits = uint64_t(bytes.size()) * 8;
        for (int i = 7; i >= 0; --i)
            padded.push_back((bits >> (8 * i)) & 0xff);
        for (size_t at = 0; at < padded.size(); at += 64)
            s.block(&padded[at]);
        std::string hex;
        for (uint32_t word : s.h)
        {
            char text[9];
            std::snprintf(text, sizeof text, "%08x", word);
            hex += text;
        }
        return hex;
    }

private:
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    static uint32_t rotr(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

    // The round constants are the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    static const uint32_t* constants()
    {
        static uint32_t k[64];
        if (k[0] == 0)
        {
            int count = 0;
            for (int n = 2; count < 64; ++n)
            {
                bool prime = true;
                for (int d = 2; d * d <= n; ++d)
                    prime = prime && n % d != 0;
                if (prime)
                {
                    const long double root = cbrtl(n);
                    k[count++] = uint32_t((root - floorl(root)) * 4294967296.0L);
                }
            }
        }
        return k;
    }

    void block(const unsigned char* p)
    {
        const uint32_t* k = constants();
        uint32_t w[64];
        for (int i = 0; i < 16; ++i)
            w[i] = uint32_t(p[4 * i]) << 24 | uint32_t(p[4 * i + 1]) << 16 | uint32_t(p[4 * i + 2]) << 8 | p[4 * i + 3];
        for (int i = 16; i < 64; ++i)
            w[i] = w[i - 16] + (rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ (w[i - 15] >> 3))
                 + w[i - 7] + (rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ (w[i - 2] >> 10));
        uint32_t v[8];
        std::copy(h, h + 8, v);
        for (int i = 0; i < 64; ++i)
        {
            const uint32_t t1 = v[7] + (rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
            const uint32_t t2 = (rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            std::copy_backward(v, v + 7, v + 8);
            v[4] += t1;
            v[0] = t1 + t2;
        }
        for (int i = 0; i < 8; ++i)
            h[i] += v[i];
    }
};

std::vector<unsigned char> rgb_bytes(const image& img)
{
    std::vector<unsigned char> bytes;
    bytes.reserve(img.size() * 3);
    for (long r = 0; r < img.nr(); ++r)
        for (long c = 0; c < img.nc(); ++c)
            bytes.insert(bytes.end(), {img(r, c).red, img(r, c).green, img(r, c).blue});
    return bytes;
}

// ---- JSON ---------------------------------------------------------------------------------------

std::string format(const char* pattern, ...)
{
    char text[512];
    va_list args;
    va_start(args, pattern);
    std::vsnprintf(text, sizeof text, pattern, args);
    va_end(args);
    return text;
}

std::string num(float v) { return format("%.9g", v); }

// The shortest that reads back as the same double.
std::string num(double v)
{
    for (int digits = 9; digits < 17; ++digits)
        if (std::strtod(format("%.*g", digits, v).c_str(), nullptr) == v)
            return format("%.*g", digits, v);
    return format("%.17g", v);
}

std::string num(long v) { return format("%ld", v); }
std::string num(unsigned long v) { return format("%lu", v); }
std::string num(int v) { return format("%d", v); }
std::string text(const std::string& s) { return '"' + s + '"'; } // file names and fixed words: nothing to escape

struct object
{
    std::string body;

    object& add(const std::string& name, const std::string& json)
    {
        body += (body.empty() ? "" : ",") + text(name) + ":" + json;
        return *this;
    }

    std::string str() const { return "{" + body + "}"; }
};

struct array
{
    std::string separator = ",";
    std::string body = {};

    array& add(const std::string& json)
    {
        body += (body.empty() ? "" : separator) + json;
        return *this;
    }

    std::string str() const { return "[" + body + "]"; }
};

template <typename Range>
std::string numbers(const Range& values)
{
    array a;
    for (auto v : values)
        a.add(num(v));
    return a.str();
}

std::string json(const dlib::rectangle& r) { return numbers(std::vector<long>{r.left(), r.top(), r.right(), r.bottom()}); }
std::string json(const dlib::drectangle& r) { return numbers(std::vector<double>{r.left(), r.top(), r.right(), r.bottom()}); }
std::string json(const dlib::point& p) { return numbers(std::vector<long>{p.x(), p.y()}); }
std::string json(const dlib::dpoint& p) { return numbers(std::vector<double>{p.x(), p.y()}); }
std::string json(const descriptor& d) { return numbers(std::vector<float>(d.begin(), d.end())); }

std::string json(const dlib::chip_details& c)
{
    const dlib::dpoint middle = dlib::center(c.rect);
    return object().add("rect", json(c.rect)).add("center", json(middle)).add("width", num(c.rect.width())).add("height", num(c.rect.height()))
        .add("angle", num(c.angle)).add("rows", num(c.rows)).add("cols", num(c.cols)).str();
}

std::string fingerprint(const image& img)
{
    const auto bytes = rgb_bytes(img);
    unsigned long sums[3] = {0, 0, 0};
    for (size_t i = 0; i < bytes.size(); ++i)
        sums[i % 3] += bytes[i];
    return object().add("width", num(img.nc())).add("height", num(img.nr())).add("sums", numbers(sums))
        .add("crc32", text(format("%08lx", crc32(0, bytes.data(), bytes.size())))).add("sha256", text(sha256::of(bytes))).str();
}

void write_text(const fs::path& file, const std::string& text)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text << "\n";
}

void write_floats(const fs::path& file, const float* values, size_t count)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(values), count * sizeof(float));
}

void write_png(const fs::path& file, const image& img)
{
    fs::create_directories(file.parent_path());
    dlib::save_png(img, file.string());
}

image load(const fs::path& file)
{
    image img;
    dlib::load_image(img, file.string());
    return img;
}

// ---- One face, one photo ------------------------------------------------------------------------

constexpr unsigned long chip_size = 150;
constexpr double chip_padding = 0.25;

struct face
{
    dlib::rectangle box;
    double confidence = 0;
    dlib::full_object_detection shape;
    std::vector<dlib::dpoint> raw;
    dlib::chip_details details;
    image chip;
    descriptor encoding;
};

struct reference
{
    models net;
    unrounded_predictor raw;

    explicit reference(const fs::path& dir) : net(dir), raw(dir / "shape_predictor_5_face_landmarks.dat") {}

    std::vector<face> run(const image& img)
    {
        std::vector<face> faces;
        for (const dlib::mmod_rect& found : net.detector(img))
        {
            face f;
            f.box = found.rect;
            f.confidence = found.detection_confidence;
            f.shape = net.landmarks(img, f.box);
            f.raw = raw.points(img, f.box, f.shape);
            f.details = dlib::get_face_chip_details(f.shape, chip_size, chip_padding);
            dlib::extract_image_chip(img, f.details, f.chip);
            f.encoding = net.encoder(f.chip);
            faces.push_back(f);
        }
        return faces;
    }
};

std::string json(const face& f, const std::string& png)
{
    array points, raw;
    for (unsigned long i = 0; i < f.shape.num_parts(); ++i)
    {
        points.add(json(f.shape.part(i)));
        raw.add(json(f.raw[i]));
    }
    object o;
    o.add("rect", json(f.box)).add("confidence", num(float(f.confidence))).add("landmarks", points.str()).add("landmarksUnrounded", raw.str())
        .add("chip", json(f.details)).add("chipPixels", fingerprint(f.chip));
    if (!png.empty())
        o.add("chipPng", text(png));
    return o.add("descriptor", json(f.encoding)).str();
}

std::string json(const std::vector<face>& faces, const std::function<std::string(size_t)>& png)
{
    array a;
    for (size_t i = 0; i < faces.size(); ++i)
        a.add(json(faces[i], png(i)));
    return a.str();
}

// ---- johns: five people, eleven photos each; the photos are chips of 150x150 already ------------

struct encoded
{
    std::string photo, person;
    descriptor encoding;
};

// Every pair (i < j, in the order of the photos), and how a distance below the threshold would decide it.
std::string pairs(const std::vector<encoded>& all, const array& without, const array& with_several)
{
    const double threshold = 0.6;
    long counts[2][2] = {{0, 0}, {0, 0}};
    double farthest_same = 0, nearest_different = 2;
    array photos, distances;
    for (size_t i = 0; i < all.size(); ++i)
    {
        photos.add(text(all[i].photo));
        for (size_t j = i + 1; j < all.size(); ++j)
        {
            const bool same = all[i].person == all[j].person;
            const double distance = dlib::length(all[i].encoding - all[j].encoding);
            ++counts[same][distance < threshold];
            if (same)
                farthest_same = std::max(farthest_same, distance);
            else
                nearest_different = std::min(nearest_different, distance);
            distances.add(num(float(distance)));
        }
    }
    return object().add("threshold", num(threshold))
        .add("samePersonAccepted", num(counts[1][1])).add("samePersonRefused", num(counts[1][0]))
        .add("differentPersonAccepted", num(counts[0][1])).add("differentPersonRefused", num(counts[0][0]))
        .add("farthestSamePerson", num(float(farthest_same))).add("nearestDifferentPerson", num(float(nearest_different)))
        .add("photosWithoutFace", without.str()).add("photosWithSeveralFaces", with_several.str())
        .add("photos", photos.str()).add("distances", distances.str()).str();
}

void johns_goldens(reference& dlib_, const fs::path& photos, const fs::path& out)
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(photos / "johns"))
        if (entry.path().extension() == ".jpg")
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());

    array list{",\n"};
    std::vector<encoded> direct, detected, upscaled;
    array none, several, none_upscaled, several_upscaled; // where there are several faces the largest one counts
    std::string last_person;
    for (const auto& file : files)
    {
        const std::string person = file.parent_path().filename().string();
        const std::string name = person + "/" + file.filename().string();
        const image img = load(file);
        const bool first = person != last_person;
        last_person = person;

        const std::string stem = "johns/" + person + "/" + file.stem().string();
        const auto largest = [](const std::vector<face>& faces) {
            return std::max_element(faces.begin(), faces.end(), [](const face& a, const face& b) { return a.box.area() < b.box.area(); });
        };

        object o;
        o.add("photo", text(name)).add("person", text(person)).add("pixels", fingerprint(img));

        // The photos are aligned chips already: what dlib's metric learning example feeds to the network.
        const descriptor as_chip = dlib_.net.encoder(img);
        direct.push_back({name, person, as_chip});
        o.add("pixelsPng", text(stem + ".photo.png")).add("photoAsChipDescriptor", json(as_chip));
        write_png(out / (stem + ".photo.png"), img);

        const auto faces = dlib_.run(img);
        if (faces.empty()) none.add(text(name));
        if (faces.size() > 1) several.add(text(name));
        if (!faces.empty()) detected.push_back({name, person, largest(faces)->encoding});
        const auto save = [&](const std::vector<face>& all, const std::string& tag) {
            return [&, tag](size_t i) -> std::string {
                if (!first) return "";
                const std::string path = stem + "." + tag + std::to_string(i) + ".png";
                write_png(out / path, all[i].chip);
                return path;
            };
        };
        o.add("detections", json(faces, save(faces, "face")));

        image up = img;
        dlib::pyramid_up(up);
        const auto faces_up = dlib_.run(up);
        if (faces_up.empty()) none_upscaled.add(text(name));
        if (faces_up.size() > 1) several_upscaled.add(text(name));
        if (!faces_up.empty()) upscaled.push_back({name, person, largest(faces_up)->encoding});
        o.add("upscaled", object().add("pixels", fingerprint(up)).add("detections", json(faces_up, save(faces_up, "up"))).str());
        list.add(o.str());
        std::cerr << name << ": " << faces.size() << ", upscaled " << faces_up.size() << "\n";
    }
    write_text(out / "johns.json", "[\n" + list.body + "\n]");

    object summary;
    summary.add("photoAsChip", pairs(direct, {}, {})).add("detected", pairs(detected, none, several)).add("detectedUpscaled", pairs(upscaled, none_upscaled, several_upscaled));
    write_text(out / "johns-pairs.json", summary.str());
}

// ---- faces: group photos ------------------------------------------------------------------------

// dlib unrolls a convolution into one matrix, some 20 KB for each pixel of the photo: larger ones are not scanned twice as large.
constexpr long largest_upscaled = 4'000'000;

void faces_goldens(reference& dlib_, const fs::path& photos, const fs::path& out)
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(photos / "faces"))
        if (entry.path().extension() == ".jpg")
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());

    const std::vector<std::string> keep = {"2008_001009", "2008_001322", "Tom_Cruise_avp_2014_4"};
    array list{",\n"};
    for (const auto& file : files)
    {
        const std::string stem = file.stem().string();
        const bool kept = std::find(keep.begin(), keep.end(), stem) != keep.end();
        const image img = load(file);
        object o;
        o.add("photo", text(file.filename().string())).add("pixels", fingerprint(img));

        const auto faces = dlib_.run(img);
        const auto save = [&](const std::vector<face>& all, const std::string& tag) {
            return [&, tag](size_t i) -> std::string {
                if (!kept) return "";
                const std::string path = "faces/" + stem + "." + tag + std::to_string(i) + ".png";
                write_png(out / path, all[i].chip);
                return path;
            };
        };
        o.add("detections", json(faces, save(faces, "face")));

        if (img.size() * 4 <= largest_upscaled)
        {
            image up = img;
            dlib::pyramid_up(up);
            const auto faces_up = dlib_.run(up);
            o.add("upscaled", object().add("pixels", fingerprint(up)).add("detections", json(faces_up, save(faces_up, "up"))).str());
            std::cerr << stem << ": " << faces.size() << ", upscaled " << faces_up.size() << "\n";
        }
        else
        {
            o.add("upscaled", "null");
            std::cerr << stem << ": " << faces.size() << "\n";
        }
        list.add(o.str());
    }
    write_text(out / "faces.json", "[\n" + list.body + "\n]");
}

// ---- Stage by stage, without JPEG ---------------------------------------------------------------

// A layer that works in place (affine, relu) overwrites the one below it: of those that share a buffer only the last one counts.
struct layer_lister
{
    array& list;
    const float*& above;

    template <typename T>
    void operator()(size_t, T&) const {}

    template <typename Layer, typename Below, typename Enabled>
    void operator()(size_t index, dlib::add_layer<Layer, Below, Enabled>& layer) const
    {
        std::ostringstream details;
        details << layer.layer_details();
        std::string name = details.str().substr(0, details.str().find_first_of("\t ("));
        const dlib::tensor* t = nullptr;
        try
        {
            t = &layer.get_output();
        }
        catch (const dlib::error&) // dlib's way to say that the layer above works in place
        {
            return;
        }
        const float* v = t->host();
        if (v == above)
            return;
        above = v;
        double sum = 0, magnitude = 0;
        for (size_t i = 0; i < t->size(); ++i)
        {
            sum += v[i];
            magnitude += std::abs(v[i]);
        }
        array samples;
        for (size_t i = 0; i < 16; ++i)
            samples.add(num(v[i * t->size() / 16]));
        list.add(object().add("layer", num(index)).add("kind", text(name)).add("shape", numbers(std::vector<long>{t->k(), t->nr(), t->nc()}))
            .add("mean", num(sum / t->size())).add("meanAbs", num(magnitude / t->size()))
            .add("min", num(*std::min_element(v, v + t->size()))).add("max", num(*std::max_element(v, v + t->size()))).add("samples", samples.str()).str());
    }
};

template <typename Net>
std::string layer_list(Net& net)
{
    array list{",\n"};
    const float* above = nullptr;
    dlib::visit_layers(net, layer_lister{list, above});
    return "[\n" + list.body + "\n]";
}

template <typename Rects>
std::string rect_list(const Rects& rects)
{
    array a;
    for (const auto& r : rects)
        a.add(json(dlib::rectangle(r)));
    return a.str();
}

std::string detection_list(const std::vector<dlib::mmod_rect>& found)
{
    array a;
    for (const auto& d : found)
        a.add(object().add("rect", json(d.rect)).add("confidence", num(float(d.detection_confidence))).str());
    return a.str();
}

// The detector on one picture: the plane it looks at, the plane its last layer answers, every window above -0.5, and what is left of them.
std::string detector_stage(reference& dlib_, const image& img, const std::string& name, const fs::path& out, bool keep_plane)
{
    auto& net = dlib_.net.detector;
    auto& sub = net.subnet();
    dlib::resizable_tensor plane;
    net.to_tensor(&img, &img + 1, plane);
    const dlib::resizable_tensor answer = sub.forward(plane);
    const auto rects = dlib::any_cast<std::vector<dlib::rectangle>>(plane.annotation());

    object o;
    o.add("picturePng", text("stages/" + name + ".png"));
    write_png(out / "stages" / (name + ".png"), img);
    o.add("levels", rect_list(rects)).add("planeShape", numbers(std::vector<long>{plane.k(), plane.nr(), plane.nc()}));
    if (keep_plane)
    {
        write_floats(out / "stages" / (name + ".plane.f32"), plane.host(), plane.size());
        o.add("plane", text("stages/" + name + ".plane.f32"));
    }
    write_floats(out / "stages" / (name + ".scores.f32"), answer.host(), answer.size());
    o.add("scoresShape", numbers(std::vector<long>{answer.k(), answer.nr(), answer.nc()})).add("scores", text("stages/" + name + ".scores.f32"));

    const auto& window = net.loss_details().get_options().detector_windows[0];
    const auto at = [&](long r, long c) {
        const dlib::dpoint p = dlib::output_tensor_to_input_tensor(sub, dlib::point(c, r));
        const dlib::drectangle placed = dlib::centered_drect(p, window.width, window.height);
        const dlib::drectangle mapped = dlib::input_layer(sub).tensor_space_to_image_space(plane, placed);
        return object().add("row", num(r)).add("column", num(c)).add("score", num(answer.host()[r * answer.nc() + c]))
            .add("planePoint", json(p)).add("level", num(dlib::nearest_rect(rects, dlib::dcenter(placed))))
            .add("rectUnrounded", json(mapped)).add("rect", json(dlib::rectangle(mapped))).str();
    };
    array mapping, candidates;
    for (long r = 1; r < answer.nr(); r += 5)
        for (long c = 1 + r % 3; c < answer.nc(); c += 7)
            mapping.add(at(r, c));
    for (long r = 0; r < answer.nr(); ++r)
        for (long c = 0; c < answer.nc(); ++c)
            if (answer.host()[r * answer.nc() + c] > -0.5)
                candidates.add(at(r, c));
    o.add("mapping", mapping.str()).add("candidatesAboveMinusHalf", candidates.str());
    for (const auto& [key, threshold] : {std::pair{"detections", 0.0}, {"detectionsAboveMinusHalf", -0.5}, {"detectionsAboveHalf", 0.5}})
        o.add(key, detection_list(net.process(img, threshold)));
    sub.forward(plane);
    return o.add("layers", layer_list(sub)).str();
}

image cropped(const image& img, const dlib::rectangle& area)
{
    return dlib::subm(img, area);
}

void stages_goldens(reference& dlib_, const fs::path& photos, const fs::path& out)
{
    const fs::path dir = out / "stages";
    object o;

    const auto& net_options = dlib_.net.detector.loss_details().get_options();
    array windows;
    for (const auto& w : net_options.detector_windows)
        windows.add(object().add("width", num(w.width)).add("height", num(w.height)).add("label", text(w.label)).str());
    o.add("detectorOptions", object().add("windows", windows.str())
        .add("nmsIou", num(net_options.overlaps_nms.get_iou_thresh())).add("nmsPercentCovered", num(net_options.overlaps_nms.get_percent_covered_thresh()))
        .add("boundingBoxRegression", net_options.use_bounding_box_regression ? "true" : "false")
        .add("pyramidPadding", num(dlib::input_layer(dlib_.net.detector).get_pyramid_padding()))
        .add("pyramidOuterPadding", num(dlib::input_layer(dlib_.net.detector).get_pyramid_outer_padding()))
        .add("averages", numbers(std::vector<float>{dlib::input_layer(dlib_.net.detector).get_avg_red(),
            dlib::input_layer(dlib_.net.detector).get_avg_green(), dlib::input_layer(dlib_.net.detector).get_avg_blue()})).str());

    // Where the levels of a picture of this size lie in the plane.
    array planes{",\n"};
    const std::vector<std::pair<long, long>> sizes = {{150, 150}, {200, 200}, {640, 480}, {480, 640}, {1920, 1080}, {1080, 1920}, {1986, 1545},
        {500, 375}, {333, 77}, {77, 333}, {1000, 40}, {40, 1000}, {80, 80}, {81, 79}, {40, 30}, {7, 6}, {5, 5}, {4, 4}, {1, 1}};
    for (const auto& [width, height] : sizes)
    {
        std::vector<dlib::rectangle> rects;
        long rows = 0, columns = 0;
        dlib::impl::compute_tiled_image_pyramid_details(dlib::pyramid_down<6>(), height, width, 10, 11, rects, rows, columns);
        planes.add(object().add("width", num(width)).add("height", num(height)).add("planeWidth", num(columns)).add("planeHeight", num(rows))
            .add("levels", rect_list(rects)).str());
    }
    o.add("planes", "[\n" + planes.body + "\n]");

    // Non-max suppression's test.
    array overlaps{",\n"};
    const dlib::rectangle still(100, 100, 199, 199);
    for (const auto& r : std::vector<dlib::rectangle>{{100, 100, 199, 199}, {120, 100, 219, 199}, {140, 120, 239, 219}, {160, 150, 259, 249}, {199, 199, 260, 260},
             {200, 200, 260, 260}, {110, 110, 149, 149}, {60, 60, 239, 239}, {130, 60, 169, 239}, {150, 100, 249, 199}, {143, 100, 242, 199}, {90, 90, 230, 215}})
        overlaps.add(object().add("a", json(still)).add("b", json(r)).add("iou", num(dlib::box_intersection_over_union(still, r)))
            .add("percentCovered", num(dlib::box_percent_covered(still, r))).add("overlaps", net_options.overlaps_nms(still, r) ? "true" : "false").str());
    o.add("overlaps", "[\n" + overlaps.body + "\n]");

    const image john = load(photos / "johns/John_Salley/000179_02159509.jpg");
    const image group = load(photos / "faces/2008_001322.jpg");
    const image small = cropped(john, dlib::rectangle(20, 15, 128, 117));

    o.add("detector", object().add("small", detector_stage(dlib_, small, "small", out, true))
        .add("group", detector_stage(dlib_, group, "group", out, false)).str());

    dlib_.net.encoder(john);
    o.add("encoder", object().add("chipPng", text("johns/John_Salley/000179_02159509.photo.png")).add("layers", layer_list(dlib_.net.encoder.subnet())).str());

    // Halving and doubling. The sizes are odd and even on purpose.
    array down, up;
    image level = cropped(group, dlib::rectangle(100, 60, 298, 225));
    write_png(dir / "down0.png", level);
    for (int i = 1; i <= 4; ++i)
    {
        dlib::pyramid_down<2> half;
        half(level);
        const std::string file = format("stages/down%d.png", i);
        write_png(out / file, level);
        down.add(object().add("png", text(file)).add("pixels", fingerprint(level)).str());
    }
    o.add("pyramidDown2", object().add("sourcePng", text("stages/down0.png")).add("levels", down.str()).str());
    for (const dlib::rectangle& area : {dlib::rectangle(20, 15, 128, 117), dlib::rectangle(0, 0, 31, 40)})
    {
        const image source = cropped(john, area);
        image twice = source;
        dlib::pyramid_up(twice);
        const std::string from = format("stages/up%ldx%ld.from.png", source.nc(), source.nr()), to = format("stages/up%ldx%ld.to.png", source.nc(), source.nr());
        write_png(out / from, source);
        write_png(out / to, twice);
        up.add(object().add("sourcePng", text(from)).add("png", text(to)).add("pixels", fingerprint(twice)).str());
    }
    o.add("pyramidUp2", up.str());

    // dlib::resize_image of 8-bit RGB, bilinear.
    array resized;
    for (const auto& [width, height] : std::vector<std::pair<long, long>>{{61, 50}, {150, 100}, {300, 31}, {99, 83}})
    {
        const image source = load(dir / "down1.png");
        image scaled(height, width);
        dlib::resize_image(source, scaled);
        const std::string file = format("stages/resize%ldx%ld.png", width, height);
        write_png(out / file, scaled);
        resized.add(object().add("sourcePng", text("stages/down1.png")).add("png", text(file)).add("pixels", fingerprint(scaled)).str());
    }
    o.add("resize", resized.str());

    // Chips: plain copies, partly outside, turned, enlarged, and shrunk by none to three pyramid levels.
    array chips{",\n"};
    const auto square = [](double x, double y, double side) { return dlib::centered_drect(dlib::dpoint(x, y), side, side); };
    const std::vector<dlib::chip_details> cuts = {
        {dlib::drectangle(100, 80, 219, 189), dlib::chip_dims(110, 120), 0},
        {dlib::drectangle(-30, -20, 69, 79), dlib::chip_dims(100, 100), 0},
        {dlib::drectangle(100, 80, 219, 189), dlib::chip_dims(110, 120), 0.3},
        {square(200.25, 150.5, 60.75), dlib::chip_dims(150, 150), -0.12345},
        {square(251.3, 180.7, 149.2), dlib::chip_dims(150, 150), 0.05},
        {square(230, 170, 221.6), dlib::chip_dims(150, 150), 0.2},
        {square(260, 190, 311.9), dlib::chip_dims(150, 150), -0.4},
        {square(240.1, 200.2, 333.3), dlib::chip_dims(150, 150), 0},
        {square(300, 150, 650), dlib::chip_dims(150, 150), 0.7},
        {square(250, 187, 1300), dlib::chip_dims(150, 150), -1.2},
        {square(20, 360, 260), dlib::chip_dims(150, 150), 2.5},
        {square(490, 10, 420), dlib::chip_dims(150, 150), -3.0},
        {dlib::centered_drect(dlib::dpoint(210, 140), 90, 130), dlib::chip_dims(96, 64), 0.1},
        {square(1000, 1000, 100), dlib::chip_dims(40, 40), 0.1},
    };
    for (size_t i = 0; i < cuts.size(); ++i)
    {
        image chip;
        dlib::extract_image_chip(group, cuts[i], chip);
        const std::string file = format("stages/chip%02zu.png", i);
        write_png(out / file, chip);
        chips.add(object().add("details", json(cuts[i])).add("png", text(file)).add("pixels", fingerprint(chip)).str());
    }
    o.add("chips", object().add("sourcePng", text("stages/group.png")).add("cases", "[\n" + chips.body + "\n]").str());

    // Five points to chip details.
    array details{",\n"};
    const std::vector<std::vector<dlib::point>> shapes = {
        {{233, 111}, {214, 113}, {166, 112}, {185, 113}, {199, 148}},
        {{300, 200}, {280, 190}, {230, 160}, {250, 172}, {240, 215}},
        {{40, 200}, {42, 180}, {44, 120}, {43, 140}, {80, 160}},
        {{-5, 3}, {-12, 4}, {-40, 2}, {-30, 3}, {-22, 30}},
        {{510, 300}, {530, 301}, {590, 298}, {570, 299}, {550, 260}},
        {{31, 20}, {27, 20}, {17, 20}, {21, 20}, {24, 28}},
    };
    for (const auto& shape : shapes)
    {
        array points;
        for (const auto& p : shape)
            points.add(json(p));
        const dlib::full_object_detection det(dlib::rectangle(), shape);
        details.add(object().add("landmarks", points.str()).add("chip", json(dlib::get_face_chip_details(det, chip_size, chip_padding))).str());
    }
    o.add("faceChipDetails", "[\n" + details.body + "\n]");

    // The shape predictor where there need not be a face: what counts is that both read the same pixels.
    array landmarks{",\n"};
    const std::vector<dlib::rectangle> boxes = {{180, 60, 279, 159}, {100, 40, 299, 239}, {-40, -30, 80, 90}, {430, 300, 560, 430}, {10, 10, 29, 29},
        {200, 100, 339, 259}, {0, 0, 499, 374}, {600, 400, 700, 500}};
    for (const auto& box : boxes)
    {
        const auto shape = dlib_.net.landmarks(group, box);
        array points, raw;
        for (unsigned long i = 0; i < shape.num_parts(); ++i)
            points.add(json(shape.part(i)));
        for (const auto& p : dlib_.raw.points(group, box, shape))
            raw.add(json(p));
        landmarks.add(object().add("rect", json(box)).add("landmarks", points.str()).add("landmarksUnrounded", raw.str()).str());
    }
    o.add("shapePredictor", object().add("sourcePng", text("stages/group.png")).add("cases", "[\n" + landmarks.body + "\n]").str());

    write_text(out / "stages.json", o.str());
}

int run_goldens(std::map<std::string, std::string>& options)
{
    reference dlib_(options.at("models"));
    const fs::path photos = options.at("photos"), out = options.at("out");
    const std::string only = options.count("only") ? options.at("only") : "";
    if (only.empty() || only == "stages") stages_goldens(dlib_, photos, out);
    if (only.empty() || only == "johns") johns_goldens(dlib_, photos, out);
    if (only.empty() || only == "faces") faces_goldens(dlib_, photos, out);
    return 0;
}


// ---- One photo, to look at ----------------------------------------------------------------------

int run_detect(std::map<std::string, std::string>& options)
{
    reference dlib_(options.at("models"));
    image img = load(options.at("photo"));
    for (int i = options.count("upsample") ? std::stoi(options.at("upsample")) : 0; i > 0; --i)
        dlib::pyramid_up(img);
    const auto faces = dlib_.run(img);
    std::cout << object().add("pixels", fingerprint(img)).add("detections", json(faces, [](size_t) { return std::string(); })).str() << "\n";
    if (options.count("draw"))
    {
        for (const auto& f : faces)
        {
            dlib::draw_rectangle(img, f.box, dlib::rgb_pixel(255, 0, 0), 2);
            for (unsigned long i = 0; i < f.shape.num_parts(); ++i)
                dlib::draw_solid_circle(img, f.shape.part(i), 2, dlib::rgb_pixel(0, 255, 0));
        }
        write_png(options.at("draw"), img);
    }
    return 0;
}

// ---- The timing peer ----------------------------------------------------------------------------

// OpenBLAS reads its environment when the program is loaded, so the program starts itself again with a known one.
void restart_with_one_thread(char** argv)
{
    if (std::getenv("DLIB_REFERENCE_CLEAN"))
        return;
    std::vector<std::string> names;
    for (char** e = environ; *e; ++e)
        if (std::strncmp(*e, "OPENBLAS_", 9) == 0 || std::strncmp(*e, "GOTO_", 5) == 0)
            names.push_back(std::string(*e).substr(0, std::strchr(*e, '=') - *e));
    for (const auto& name : names)
        unsetenv(name.c_str());
    for (const char* name : {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "DLIB_NUM_THREADS", "DLIB_REFERENCE_CLEAN"})
        setenv(name, "1", 1);
    execv("/proc/self/exe", argv);
    throw dlib::error("cannot restart");
}

struct timing
{
    double median, least;
    int runs;
};

timing measure(int warmup, int runs, const std::function<void()>& work)
{
    std::vector<double> ms;
    for (int i = 0; i < warmup + runs; ++i)
    {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        if (i >= warmup)
            ms.push_back(took.count());
    }
    std::sort(ms.begin(), ms.end());
    const size_t middle = ms.size() / 2;
    return {ms.size() % 2 ? ms[middle] : (ms[middle - 1] + ms[middle]) / 2, ms[0], runs};
}

// Scaled until it covers width x height, then its middle.
image fitted(const image& img, long width, long height)
{
    const double scale = std::max(double(width) / img.nc(), double(height) / img.nr());
    image scaled(std::max(height, std::lround(img.nr() * scale)), std::max(width, std::lround(img.nc() * scale)));
    dlib::resize_image(img, scaled);
    const long left = (scaled.nc() - width) / 2, top = (scaled.nr() - height) / 2;
    return cropped(scaled, dlib::rectangle(left, top, left + width - 1, top + height - 1));
}

int run_bench(std::map<std::string, std::string>& options, char** argv)
{
    restart_with_one_thread(argv);
    reference dlib_(options.at("models"));
    const image photo = load(options.at("photo"));
    const int runs = options.count("runs") ? std::stoi(options.at("runs")) : 30;
    const int warmup = options.count("warmup") ? std::stoi(options.at("warmup")) : 3;
    const int few = std::max(1, runs / 6), fewest = std::max(1, runs / 10); // of what takes seconds
    const std::string only = options.count("only") ? "," + options.at("only") + "," : "";
    object results;
    const auto bench = [&](const std::string& name, int warm, int count, double share, const std::function<void()>& work) {
        if (!only.empty() && only.find("," + name + ",") == std::string::npos)
            return;
        const timing t = measure(warm, count, work);
        results.add(name, object().add("medianMs", num(float(t.median / share))).add("leastMs", num(float(t.least / share))).add("runs", num(t.runs)).str());
        std::cerr << name << ": " << t.median / share << " ms\n";
    };

    const image vga = fitted(photo, 640, 480), hd = fitted(photo, 1920, 1080);
    const auto faces = dlib_.run(vga);
    if (faces.empty())
        throw dlib::error("dlib finds no face in this photo at 640x480: take another one");
    const face& one = faces[0];
    const std::vector<image> sixteen(16, one.chip);

    bench("encode", warmup, runs, 1, [&] { dlib_.net.encoder(one.chip); });
    bench("encodeBatch16PerFace", 1, few, 16, [&] { dlib_.net.encoder(sixteen, 16); });
    bench("landmarksAndChip", warmup, runs * 10, 1, [&] {
        image chip;
        dlib::extract_image_chip(vga, dlib::get_face_chip_details(dlib_.net.landmarks(vga, one.box), chip_size, chip_padding), chip);
    });
    bench("detect640x480", 1, few, 1, [&] { dlib_.net.detector(vga); });
    bench("pipeline640x480", 1, few, 1, [&] {
        const auto found = dlib_.net.detector(vga);
        image chip;
        dlib::extract_image_chip(vga, dlib::get_face_chip_details(dlib_.net.landmarks(vga, found[0].rect), chip_size, chip_padding), chip);
        dlib_.net.encoder(chip);
    });
    bench("detect1920x1080", 1, fewest, 1, [&] { dlib_.net.detector(hd); });
    dlib::frontal_face_detector hog = dlib::get_frontal_face_detector();
    bench("detectHog640x480", warmup, runs, 1, [&] { hog(vga); });

    std::cout << object().add("dlib", text(format("%d.%d.%d", DLIB_MAJOR_VERSION, DLIB_MINOR_VERSION, DLIB_PATCH_VERSION)))
        .add("blas", text(openblas_get_config())).add("blasCore", text(openblas_get_corename())).add("threads", num(openblas_get_num_threads()))
        .add("photo", text(fs::path(options.at("photo")).filename().string())).add("photoWidth", num(photo.nc())).add("photoHeight", num(photo.nr()))
        .add("sizing", text("scaled to cover, middle cut out")).add("facesAt640x480", num(faces.size()))
        .add("results", results.str()).str() << "\n";
    return 0;
}

int main(int argc, char** argv)
try
{
    const std::map<std::string, std::string> known = {
        {"goldens", " models photos out only "}, {"detect", " models photo upsample draw "}, {"bench", " models photo runs warmup only "}};
    const std::string command = argc > 1 ? argv[1] : "";
    std::map<std::string, std::string> options;
    bool understood = known.count(command) && argc % 2 == 0;
    for (int i = 2; understood && i < argc; i += 2)
    {
        const std::string flag = argv[i];
        understood = flag.rfind("--", 0) == 0 && known.at(command).find(" " + flag.substr(2) + " ") != std::string::npos;
        if (understood)
            options[flag.substr(2)] = argv[i + 1];
    }
    for (const char* needed : {"models", command == "goldens" ? "photos" : "photo", command == "goldens" ? "out" : "models"})
        understood = understood && options.count(needed);
    if (!understood)
    {
        std::cerr << "usage: dlib_reference goldens --models DIR --photos DIR --out DIR [--only johns|faces|stages]\n"
                     "       dlib_reference detect  --models DIR --photo FILE [--upsample N] [--draw OUT.png]\n"
                     "       dlib_reference bench   --models DIR --photo FILE [--runs N] [--warmup N] [--only NAME,NAME]\n";
        return 2;
    }
    openblas_set_num_threads(1);
    if (command == "goldens") return run_goldens(options);
    if (command == "detect") return run_detect(options);
    return run_bench(options, argv);
}
catch (const std::exception& e)
{
    std::cerr << "dlib_reference: " << e.what() << "\n";
    return 1;
}
