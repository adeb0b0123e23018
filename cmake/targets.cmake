include(GoogleTest)

# dl_library(NAME SOURCES a.cpp ... USES dl_core ...): a static library of one folder.
function(dl_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC dl_options ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES})
endfunction()

# dl_program(NAME SOURCES main.cpp ... USES dl_link ...): an executable in bin/.
function(dl_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE dl_options ${ARG_USES})
endfunction()

# dl_test(NAME SOURCES a_test.cpp ... USES dl_link ... LABELS unit): GoogleTest cases, each a ctest of its own.
# DOWNLINKD_TEST_DATA names the folder of real recordings; tests that miss it skip and say so.
function(dl_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE dl_options ${ARG_USES} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE DL_SOURCE_DIRECTORY="${CMAKE_SOURCE_DIR}"
                                             DL_BINARY_DIRECTORY="${CMAKE_BINARY_DIR}")
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 300 ENVIRONMENT "${DL_TEST_ENVIRONMENT}")
endfunction()

# dl_script_test(NAME COMMAND ... LABELS ...): a test that is a program or a Python script. Debian's own
# python3 is named by path: another interpreter earlier in PATH has none of Debian's modules.
set(DL_PYTHON /usr/bin/python3)
set(DL_TEST_DATA_DEFAULT ${CMAKE_SOURCE_DIR}/../shared)
cmake_path(NORMAL_PATH DL_TEST_DATA_DEFAULT)
if(DEFINED ENV{DOWNLINKD_TEST_DATA})
  set(DL_TEST_DATA_DEFAULT $ENV{DOWNLINKD_TEST_DATA})
endif()
set(DL_TEST_ENVIRONMENT "DOWNLINKD_TEST_DATA=${DL_TEST_DATA_DEFAULT};DOWNLINKD_SOURCE=${CMAKE_SOURCE_DIR};DOWNLINKD_BINARY=${CMAKE_BINARY_DIR}")
function(dl_script_test name)
  cmake_parse_arguments(ARG "RUN_SERIAL" "TIMEOUT" "COMMAND;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${ARG_COMMAND})
  # 77: the test could not run here and has said why.
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77
                       ENVIRONMENT "${DL_TEST_ENVIRONMENT}")
  if(ARG_RUN_SERIAL)
    set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
  endif()
endfunction()
