// The station of a simulated world: the real journal, queues, uploader and publisher, run, killed and started again.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "spool/fault_vfs.h"
#include "spool/journal.h"
#include "tests/simulation/simulated_network.h"
#include "uplink/delivery/upload_protocol.h"

namespace dl::simulation {

// How the program under test is broken on purpose, to see that the checks see it.
struct Mutation {
  using WrapProtocol = std::function<std::unique_ptr<uplink::UploadProtocol>(std::unique_ptr<uplink::UploadProtocol>)>;
  using WrapTransport = std::function<std::unique_ptr<uplink::HttpTransport>(std::unique_ptr<uplink::HttpTransport>)>;
  WrapProtocol wrap_protocol;
  WrapTransport wrap_transport;
  bool disk_lies_about_syncs = false;
};

// One scene, before and after it was sealed.
struct PlannedScene {
  spool::SceneManifest manifest;
  std::map<std::string, std::string> contents;  // by object name
  Microseconds sealed_after{};
  bool tried = false;   // its commit was asked for, and may have held
  bool sealed = false;  // its commit was acknowledged
};

class Station {
 public:
  using World = SimulatedNetwork::World;

  Station(World& world, SimulatedClock& clock, const Mutation& mutation, std::filesystem::path folder,
          std::vector<PlannedScene>& scenes);
  ~Station();

  // Until everything is delivered and announced, or until `end`. True when it is.
  bool run(Microseconds end);
  // What of the journal's promises is not kept, and what is not done. Nothing when all is well.
  void check_journal();

 private:
  class Access;
  struct Process;

  // False when it could not start: tried again later.
  bool start();
  void run_process(Microseconds end);
  void worker();
  void relay();
  void operator_and_decoder();
  void seal(PlannedScene& scene);
  void write_files(const PlannedScene& scene);
  void make_again();
  void interfere();
  void put_in_order();
  bool all_done();
  void die();
  void on_operation();
  int judge(bool is_sync);
  void boot();
  void cut_power();

  World& world_;
  SimulatedClock& clock_;
  const Mutation& mutation_;
  std::filesystem::path folder_;
  std::vector<PlannedScene>& scenes_;
  std::unique_ptr<spool::FaultVfs> disk_;
  spool::DiskImage old_image_;  // for a disk that lies
  unsigned boots_ = 0;
  std::unique_ptr<Process> process_;
  bool dead_ = false;  // the program is gone: nothing reaches the disk any more
  std::uint64_t dies_in_operations_ = 0;
  Microseconds disk_full_until_{0};
  bool done_ = false;
};

}  // namespace dl::simulation
