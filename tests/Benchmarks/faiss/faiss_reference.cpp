// How long FAISS IndexFlatL2 takes: faiss_reference TEMPLATES PROBES DIMENSIONS, both files rows of signed bytes.
// Prints the median milliseconds of one query at a time (best of three rounds each), and queries a second of 32 at a time.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include <faiss/IndexFlat.h>

static std::vector<float> read(const char* name) {
    std::ifstream file(name, std::ios::binary);
    std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::vector<float> numbers(bytes.size());
    for (size_t i = 0; i < bytes.size(); i++)
        numbers[i] = static_cast<signed char>(bytes[i]) / 256.0f;
    return numbers;
}

static double milliseconds(const faiss::Index& index, const float* probes, int count) {
    std::vector<float> distances(count);
    std::vector<faiss::Index::idx_t> labels(count);
    auto start = std::chrono::steady_clock::now();
    index.search(count, probes, 1, distances.data(), labels.data());
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

int main(int, char** arguments) {
    int dimensions = std::atoi(arguments[3]);
    faiss::IndexFlatL2 index(dimensions);
    {
        auto templates = read(arguments[1]);
        index.add(templates.size() / dimensions, templates.data());
    }
    auto probes = read(arguments[2]);
    int count = std::min<int>(probes.size() / dimensions, 32);
    std::vector<double> best(count, 1e9);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < count; i++)
            best[i] = std::min(best[i], milliseconds(index, probes.data() + i * dimensions, 1));
    std::sort(best.begin(), best.end());
    double batch = 1e9;
    for (int round = 0; round < 2; round++)
        batch = std::min(batch, milliseconds(index, probes.data(), count));
    std::printf("%f %f\n", best[count / 2], count / batch * 1000);
}
