#include <assets/client_bundle.hpp>

namespace roomcast::assets {

const File* find_client_file(std::string_view name) noexcept {
  for (const File& file : client_files())
    if (file.name == name) return &file;
  return nullptr;
}

}  // namespace roomcast::assets
