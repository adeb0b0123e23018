# Compiler switches, in one interface target that every target of ours links.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

set(DL_SANITIZE "" CACHE STRING "Sanitizers, comma separated: 'address,undefined' or 'thread'")
option(DL_TIDY "Run clang-tidy on every file that is compiled" OFF)

find_program(DL_CCACHE ccache)
if(DL_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${DL_CCACHE})
endif()

add_library(dl_options INTERFACE)
target_include_directories(dl_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(dl_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
target_compile_definitions(dl_options INTERFACE DL_VERSION="${PROJECT_VERSION}")
# Results must not depend on the machine: no fused multiply-add that one build has and another has not.
target_compile_options(dl_options INTERFACE -ffp-contract=off)
# No path of the build machine in a binary (assertions, debug information).
target_compile_options(dl_options INTERFACE -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)

find_program(DL_MOLD mold)
if(DL_MOLD AND NOT DL_SANITIZE)
  target_link_options(dl_options INTERFACE -fuse-ld=mold)
endif()

if(DL_SANITIZE)
  target_compile_options(dl_options INTERFACE -fsanitize=${DL_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(dl_options INTERFACE -fsanitize=${DL_SANITIZE})
  if(DL_SANITIZE MATCHES thread)
    # Asio's fenced block uses a stand-alone fence, which g++'s ThreadSanitizer does not model.
    target_compile_definitions(dl_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  else()
    target_compile_options(dl_options INTERFACE -fno-sanitize-recover=undefined)
  endif()
endif()

# Fuzz targets (tests/fuzz): libFuzzer is clang's. Clang does not know `#pragma GCC target`, so that the kernels' files
# are told by a switch what they may use; such programs are for this machine only.
option(DL_FUZZ "Build for libFuzzer, with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
if(DL_FUZZ)
  target_compile_options(dl_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer
                                              -fno-sanitize-recover=undefined -Wno-unknown-pragmas)
  target_link_options(dl_options INTERFACE -fsanitize=address,undefined)
endif()

if(DL_TIDY)
  find_program(DL_CLANG_TIDY clang-tidy REQUIRED)
  # clang does not announce coroutines the way Boost 1.74's Asio looks for them.
  set(CMAKE_CXX_CLANG_TIDY ${DL_CLANG_TIDY}
      --extra-arg=-DBOOST_ASIO_HAS_CO_AWAIT=1 --extra-arg=-DBOOST_ASIO_HAS_STD_COROUTINE=1
      --extra-arg=-D__cpp_impl_coroutine=201902L --extra-arg=-Wno-unknown-warning-option)
endif()
