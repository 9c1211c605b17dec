// Asio's own sources, compiled here once for the whole library.
#include <boost/asio/impl/src.hpp>
