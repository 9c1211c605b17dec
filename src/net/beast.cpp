// Beast's own sources, compiled here once for the whole library.
#include <boost/beast/src.hpp>
