// The parity reference of FaceId: runs dlib's own face pipeline and writes what every stage produced.
//
//   dlib_reference goldens --models DIR --photos DIR --out DIR [--only johns|faces|stages]
//   dlib_reference detect  --models DIR --photo FILE [--upsample N] [--draw OUT.png]
//   dlib_reference bench   --models DIR --photo FILE [--runs N] [--warmup N] [--only NAME,NAME]
//
// README.md beside this file describes the output. Everything runs on one thread, so that sums are made in one order.

#include <sched.h>
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
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <dlib/dnn.h>
#include <dlib/image_io.h>
#include <dlib/image_processing.h>
#include <dlib/image_transforms.h>

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
std::string num(double v) { return format("%.17g", v); }
std::string num(long v) { return format("%ld", v); }
std::string num(unsigned long v) { return format("%lu", v); }
std::string num(int v) { return format("%d", v); }
std::string quoted(const std::string& s) { return '"' + s + '"'; } // file names and fixed words: nothing to escape

struct object
{
    std::string body;

    object& add(const std::string& name, const std::string& json)
    {
        body += (body.empty() ? "" : ",") + quoted(name) + ":" + json;
        return *this;
    }

    std::string str() const { return "{" + body + "}"; }
};

struct array
{
    std::string separator = ",";
    std::string body;

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
        .add("crc32", quoted(format("%08lx", crc32(0, bytes.data(), bytes.size())))).add("sha256", quoted(sha256::of(bytes))).str();
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
        o.add("chipPng", quoted(png));
    return o.add("descriptor", json(f.encoding)).str();
}

std::string json(const std::vector<face>& faces, const std::function<std::string(size_t)>& png)
{
    array a;
    for (size_t i = 0; i < faces.size(); ++i)
        a.add(json(faces[i], png(i)));
    return a.str();
}

// ---- johns: five people, eleven photos each, of 150x150 that are chips already ------------------

struct labelled
{
    std::string person;
    std::vector<face> faces;
    descriptor as_chip;
};

std::string pair_counts(const std::vector<std::pair<std::string, descriptor>>& all, double threshold)
{
    long counts[2][2] = {{0, 0}, {0, 0}};
    for (size_t i = 0; i < all.size(); ++i)
        for (size_t j = i + 1; j < all.size(); ++j)
        {
            const double distance = dlib::length(all[i].second - all[j].second);
            ++counts[all[i].first == all[j].first][distance < threshold];
        }
    return object().add("threshold", num(threshold)).add("descriptors", num(all.size()))
        .add("samePersonAccepted", num(counts[1][1])).add("samePersonRefused", num(counts[1][0]))
        .add("differentPersonAccepted", num(counts[0][1])).add("differentPersonRefused", num(counts[0][0])).str();
}

void johns_goldens(reference& dlib_, const fs::path& photos, const fs::path& out)
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(photos / "johns"))
        if (entry.path().extension() == ".jpg")
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());

    array list{",\n"};
    std::vector<std::pair<std::string, descriptor>> direct, detected, upscaled;
    array none, several, none_upscaled, several_upscaled;
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
        o.add("photo", quoted(name)).add("person", quoted(person)).add("pixels", fingerprint(img));

        // The photos are aligned chips already: what dlib's metric learning example feeds to the network.
        const descriptor as_chip = dlib_.net.encoder(img);
        direct.emplace_back(person, as_chip);
        o.add("pixelsPng", quoted(stem + ".photo.png")).add("photoAsChipDescriptor", json(as_chip));
        write_png(out / (stem + ".photo.png"), img);

        const auto faces = dlib_.run(img);
        if (faces.empty()) none.add(quoted(name));
        if (faces.size() > 1) several.add(quoted(name));
        if (!faces.empty()) detected.emplace_back(person, largest(faces)->encoding);
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
        if (faces_up.empty()) none_upscaled.add(quoted(name));
        if (faces_up.size() > 1) several_upscaled.add(quoted(name));
        if (!faces_up.empty()) upscaled.emplace_back(person, largest(faces_up)->encoding);
        o.add("upscaled", object().add("pixels", fingerprint(up)).add("detections", json(faces_up, save(faces_up, "up"))).str());
        list.add(o.str());
        std::cerr << name << ": " << faces.size() << ", upscaled " << faces_up.size() << "\n";
    }
    write_text(out / "johns.json", "[\n" + list.body + "\n]");

    object summary;
    summary.add("people", quoted("the folder of a photo")).add("chosenFace", quoted("the largest detection; photos without one are left out"))
        .add("photoAsChip", pair_counts(direct, 0.6))
        .add("detected", object().add("pairs", pair_counts(detected, 0.6)).add("photosWithout", none.str()).add("photosWithSeveral", several.str()).str())
        .add("detectedUpscaled", object().add("pairs", pair_counts(upscaled, 0.6)).add("photosWithout", none_upscaled.str()).add("photosWithSeveral", several_upscaled.str()).str());
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

    const std::vector<std::string> keep = {"2007_007763", "2008_002470", "Tom_Cruise_avp_2014_4"};
    array list{",\n"};
    for (const auto& file : files)
    {
        const std::string stem = file.stem().string();
        const bool kept = std::find(keep.begin(), keep.end(), stem) != keep.end();
        const image img = load(file);
        object o;
        o.add("photo", quoted(file.filename().string())).add("pixels", fingerprint(img));

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

int run_goldens(std::map<std::string, std::string>& options)
{
    openblas_set_num_threads(1);
    reference dlib_(options.at("models"));
    const fs::path photos = options.at("photos"), out = options.at("out");
    const std::string only = options.count("only") ? options.at("only") : "";
    if (only.empty() || only == "johns") johns_goldens(dlib_, photos, out);
    if (only.empty() || only == "faces") faces_goldens(dlib_, photos, out);
    return 0;
}

int main(int argc, char** argv)
try
{
    const std::string command = argc > 1 ? argv[1] : "";
    std::map<std::string, std::string> options;
    for (int i = 2; i + 1 < argc; i += 2)
        options[std::string(argv[i]).substr(2)] = argv[i + 1];
    if (command == "goldens") return run_goldens(options);
    std::cerr << "usage: dlib_reference goldens|detect|bench --models DIR ... (see the top of dlib_reference.cpp)\n";
    return 2;
}
catch (const std::exception& e)
{
    std::cerr << "dlib_reference: " << e.what() << "\n";
    return 1;
}
