// Tar archives made member by member, for tests.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <vector>

class TarFile {
public:
    TarFile& add(const std::string& name, const std::string& contents, char type = '0', const std::string& target = "",
                 const std::string& prefix = "") {
        std::string header(512, '\0');
        const auto put = [&](std::size_t offset, const std::string& text) {
            header.replace(offset, text.size(), text);
        };
        put(0, name);
        put(100, "0000644");
        put(108, "0000000");
        put(116, "0000000");
        put(124, octal(contents.size(), 11));
        put(136, octal(77, 11));
        header[156] = type;
        put(157, target);
        put(257, std::string("ustar\0"
                             "00",
                             8));
        put(345, prefix);
        last_header_ = bytes_.size();
        bytes_ += header;
        seal();
        bytes_ += contents;
        bytes_.resize((bytes_.size() + 511) / 512 * 512);
        return *this;
    }
    TarFile& end() {
        bytes_ += std::string(1024, '\0');
        return *this;
    }
    /// Changes bytes of the last header, and makes its checksum right again.
    TarFile& patch(std::size_t offset, const std::string& text) {
        bytes_.replace(last_header_ + offset, text.size(), text);
        seal();
        return *this;
    }
    TarFile& break_checksum() {
        ++bytes_[last_header_];
        return *this;
    }
    TarFile& cut(std::size_t bytes) {
        bytes_.resize(bytes_.size() - bytes);
        return *this;
    }
    std::span<const std::byte> bytes() const { return std::as_bytes(std::span(bytes_)); }

private:
    static std::string octal(std::size_t value, int digits) {
        char text[32];
        std::snprintf(text, sizeof(text), "%0*zo", digits, value);
        return text;
    }
    void seal() {
        bytes_.replace(last_header_ + 148, 8, "        ");
        unsigned sum = 0;
        for (std::size_t i = 0; i < 512; ++i) {
            sum += static_cast<unsigned char>(bytes_[last_header_ + i]);
        }
        bytes_.replace(last_header_ + 148, 7, octal(sum, 6) + std::string(1, '\0'));
    }

    std::string bytes_;
    std::size_t last_header_ = 0;
};
