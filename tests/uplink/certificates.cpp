#include "tests/uplink/certificates.h"

#include <fstream>

namespace dl::test {
namespace {

void openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  ChildProcess(arguments).wait();
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

}  // namespace

CertificateAuthority::CertificateAuthority(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  authority_ = self_signed("authority", "DNS:authority.invalid");
}

Certificate CertificateAuthority::self_signed(const std::string& name, const std::string& subject_names) {
  Certificate made{path(name + ".pem"), path(name + ".key")};
  openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
           "/CN=" + name, "-addext", "subjectAltName=" + subject_names, "-keyout", made.key, "-out", made.file,
           "-batch"});
  return made;
}

Certificate CertificateAuthority::issue(const std::string& name, const std::string& subject_names, bool expired) {
  Certificate made{path(name + ".pem"), path(name + ".key")};
  // Only `openssl ca` takes dates of the past; it wants a database.
  write(path("ca.conf"),
        "[ca]\ndefault_ca=x\n[x]\ndatabase=" + path("database") + "\nnew_certs_dir=" + folder_.string() +
            "\nserial=" + path("serial") +
            "\ndefault_md=sha256\npolicy=any\nunique_subject=no\nx509_extensions=names\n[any]\ncommonName=supplied\n"
            "[names]\nsubjectAltName=" +
            subject_names + "\n[req]\ndistinguished_name=any\n");
  write(path("database"), "");
  write(path("serial"), "01\n");
  openssl({"req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=" + name,
           "-config", path("ca.conf"), "-keyout", made.key, "-out", path("request.pem"), "-batch"});
  std::vector<std::string> sign{
      "ca",       "-batch",       "-notext", "-config",           path("ca.conf"), "-cert",  authority_.file,
      "-keyfile", authority_.key, "-in",     path("request.pem"), "-out",          made.file};
  if (expired) {
    sign.insert(sign.end(), {"-startdate", "20200101000000Z", "-enddate", "20200102000000Z"});
  } else {
    sign.insert(sign.end(), {"-days", "2"});
  }
  openssl(sign);
  return made;
}

}  // namespace dl::test
