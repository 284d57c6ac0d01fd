// Feeds every file of a corpus to a fuzz target, without libFuzzer: `replay FOLDER`. Part of the
// tests, so that what a fuzzer once found stays found. An empty corpus is a failure.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: replay FOLDER\n");
        return 2;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
        std::ifstream stream(path, std::ios::binary);
        std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(stream)), {});
        if (!stream.is_open() || stream.bad()) {
            std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
            return 1;
        }
        bytes.shrink_to_fit();             // so that AddressSanitizer sees every byte too far
        std::printf("%s\n", path.c_str()); // a crash then has its input's name in the line above
        std::fflush(stdout);
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    std::printf("%s: %zu inputs\n", argv[1], files.size());
    return files.empty() ? 1 : 0;
}
