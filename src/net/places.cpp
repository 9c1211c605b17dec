#include <algorithm>

#include <boost/asio/ip/address.hpp>

#include <net/places.hpp>

namespace roomcast::net {

std::string Places::counted_as(std::string_view address) {
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(address, error);
  if (error || parsed.is_v4()) return std::string(address);
  if (parsed.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, parsed.to_v6()).to_string();
  auto bytes = parsed.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

std::pair<Places::Verdict, Places::Place> Places::enter(std::string_view address) {
  if (most_ == 0 && most_of_address_ == 0) return {Verdict::welcome, Place()};
  std::string counted = key(address);
  const std::lock_guard lock(mutex_);
  if (most_ != 0 && all_ >= most_) return {Verdict::too_many, Place()};
  if (!count(counted)) return {Verdict::too_many_of_address, Place()};
  ++all_;
  return {Verdict::welcome, Place(*this, std::move(counted))};
}

bool Places::Place::count_for(std::string_view address) {
  if (places_ == nullptr || !counted_as_.empty()) return true;
  std::string counted = places_->key(address);
  const std::lock_guard lock(places_->mutex_);
  if (!places_->count(counted)) return false;
  counted_as_ = std::move(counted);
  return true;
}

std::string Places::key(std::string_view address) const {
  return most_of_address_ == 0 || address.empty() ? std::string() : counted_as(address);
}

bool Places::count(const std::string& key) {
  if (key.empty()) return true;
  std::size_t& same = by_address_[key];
  if (same >= most_of_address_) return false;
  ++same;
  return true;
}

void Places::leave(const std::string& key) {
  const std::lock_guard lock(mutex_);
  --all_;
  if (key.empty()) return;
  const auto found = by_address_.find(key);
  if (--found->second == 0) by_address_.erase(found);
}

}  // namespace roomcast::net
