#include "flag_groups.hpp"

#include <cctype>
#include <map>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>

namespace roomcast::app {

std::string environment_name(std::string flag) {
  flag.erase(0, 2);
  for (char& c : flag) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return "ROOMCAST_" + flag;
}

std::string check_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return error ? "\"" + host + "\" is not an address such as 127.0.0.1 or ::" : std::string();
}

void add_monitoring_flags(CLI::App& command, ServerOptions& options) {
  const std::map<std::string, LogLevel> levels{{"debug", LogLevel::debug},
                                               {"info", LogLevel::info},
                                               {"warn", LogLevel::warn},
                                               {"error", LogLevel::error},
                                               {"off", LogLevel::off}};
  command
      .add_option_function<std::string>(
          "--log-level", [levels](const std::string& name) { set_log_level(levels.at(name)); },
          "What is written to standard error: debug, info, warn, error or off (default: info)")
      ->check(CLI::IsMember(levels))
      ->envname("ROOMCAST_LOG_LEVEL");
  const std::map<std::string, LogFormat> formats{{"text", LogFormat::text}, {"json", LogFormat::json}};
  command
      .add_option_function<std::string>(
          "--log-format", [formats](const std::string& name) { set_log_format(formats.at(name)); },
          "What a line of the log looks like: text, or json for one object per line (default: text)")
      ->check(CLI::IsMember(formats))
      ->envname("ROOMCAST_LOG_FORMAT");
  command
      .add_option("--admin-port", options.admin_port,
                  "A second port with /healthz, /readyz and /metrics, and nothing else; 0 takes any free one "
                  "(see the log)")
      ->envname("ROOMCAST_ADMIN_PORT");
  command
      .add_option("--admin-host", options.admin_host, "Address of the second port; keep it from the public")
      ->check(check_address)
      ->envname("ROOMCAST_ADMIN_HOST")
      ->capture_default_str();
  command
      .add_flag(
          "--no-metrics", [&options](std::int64_t) { options.metrics = false; },
          "Do not answer /metrics on the server's own port, only on the second one")
      ->envname("ROOMCAST_NO_METRICS");
  command
      .add_option("--max-ready-memory", options.max_ready_memory,
                  "Resident memory above which /readyz says 503, such as 2GB (default: no limit)")
      ->transform(CLI::AsSizeValue(false))
      ->envname("ROOMCAST_MAX_READY_MEMORY");
}

void add_limits(CLI::App& command, ServerOptions& options) {
  command
      .add_option("--max-buffered", options.max_buffered_bytes,
                  "What may wait for one client that does not read, such as 4MB (default: 1 MiB)")
      ->transform(CLI::AsSizeValue(false))
      ->check([](const std::string& size) { return std::string(size == "0" ? "must be more than 0" : ""); })
      ->envname("ROOMCAST_MAX_BUFFERED");
  command
      .add_option("--max-total-buffered", options.max_total_buffered_bytes,
                  "What may wait for all of them together; 0 means no limit (default: 1 GiB)")
      ->transform(CLI::AsSizeValue(false))
      ->envname("ROOMCAST_MAX_TOTAL_BUFFERED");
  command
      .add_option("--max-clients", options.max_clients,
                  "Clients at a time; more are answered 503 (default: no limit)")
      ->envname("ROOMCAST_MAX_CLIENTS");
  command
      .add_option("--max-clients-per-address", options.max_clients_per_address,
                  "The same for each address; behind a proxy with --trusted-proxy (default: no limit)")
      ->envname("ROOMCAST_MAX_CLIENTS_PER_ADDRESS");
  command
      .add_option("--max-connections", options.max_connections,
                  "TCP connections at a time; more are closed at once (default: no limit)")
      ->envname("ROOMCAST_MAX_CONNECTIONS");
  command
      .add_option("--max-connections-per-address", options.max_connections_per_address,
                  "The same for each address, but not those of trusted proxies (default: no limit)")
      ->envname("ROOMCAST_MAX_CONNECTIONS_PER_ADDRESS");
  command
      .add_option("--max-handshakes", options.max_handshakes_per_second,
                  "New clients in a second; more are answered 503 (default: no limit)")
      ->check(CLI::Range(1.0, 1e9))
      ->envname("ROOMCAST_MAX_HANDSHAKES");
}

// Files are looked at when the command line has been read, so that what is wrong with them is a line of it.
void add_tls_flags(CLI::App& command, ServerOptions& options) {
  const auto file = [&command, &options](const std::string& name, std::string TlsOptions::* member,
                                         const std::string& what) {
    const auto set = [&options, member](const std::string& path) {
      if (!options.tls) options.tls.emplace();
      (*options.tls).*member = path;
    };
    return command.add_option_function<std::string>(name, set, what)
        ->type_name("FILE")
        ->envname(environment_name(name));
  };
  CLI::Option* certificate = file(
      "--tls-cert", &TlsOptions::certificate_file,
      "Serve https and wss: the server's certificate in PEM, and those that lead to its authority behind "
      "it. SIGHUP makes the server read it and the others again");
  CLI::Option* key = file("--tls-key", &TlsOptions::key_file, "Its private key in PEM, without a password");
  certificate->needs(key);
  key->needs(certificate);
  CLI::Option* authorities = file("--tls-client-ca", &TlsOptions::client_ca_file,
                                  "Ask clients for a certificate of one of these authorities, in PEM");
  authorities->needs(certificate);
  const std::map<std::string, ClientCertificates> choices{{"wanted", ClientCertificates::wanted},
                                                          {"required", ClientCertificates::required}};
  command
      .add_option_function<std::string>(
          "--tls-client-cert",
          [&options, choices](const std::string& name) {
            if (options.tls) options.tls->client_certificates = choices.at(name);
          },
          "What about clients without one: wanted serves them too, required does not (default: required)")
      ->check(CLI::IsMember(choices))
      ->needs(authorities)
      ->envname("ROOMCAST_TLS_CLIENT_CERT");
  command.parse_complete_callback([&options] {
    if (!options.tls) return;
    if (!options.tls->client_ca_file.empty() && options.tls->client_certificates == ClientCertificates::none)
      options.tls->client_certificates = ClientCertificates::required;
    try {
      check_tls(*options.tls);
    } catch (const std::invalid_argument& e) {
      throw CLI::ValidationError("--tls-cert, --tls-key", e.what());
    }
  });
}

}  // namespace roomcast::app
