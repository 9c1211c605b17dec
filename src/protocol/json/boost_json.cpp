// Boost.JSON's own sources, compiled here once for the whole library.
#include <boost/json/src.hpp>
