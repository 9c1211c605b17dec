// Asio's TLS streams, compiled here once. The rest of Asio is in src/loop/asio.cpp.
#include <boost/asio/ssl/impl/src.hpp>
