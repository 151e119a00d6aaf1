# Precompiled headers, each made once and shared: reading <string>, fmt, GoogleTest and Asio anew for every file is more
# than half of a build. They hold nothing of this project's, so they are never stale while one works on it.
# Files still include what they use: `cmake -DRESTANTE_PCH=OFF` builds without.
option(RESTANTE_PCH "Share precompiled headers between targets" ON)

set(precompiled_std
    <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstring> <deque> <functional> <map>
    <memory> <mutex> <optional> <set> <span> <stdexcept> <string> <string_view> <thread> <unordered_map> <utility>
    <variant> <vector> <fmt/format.h> <tl/expected.hpp>)
set(precompiled_asio <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp> <boost/asio/this_coro.hpp>
                     <boost/asio/co_spawn.hpp> <boost/asio/post.hpp> <boost/asio/steady_timer.hpp>)
set(precompiled_test <gmock/gmock.h> <gtest/gtest.h>)

pkg_check_modules(PRECOMPILED_FMT REQUIRED IMPORTED_TARGET spdlog fmt)

function(restante_precompiled name)
  cmake_parse_arguments(ARG "" "" "LIBS;HEADERS" ${ARGN})
  # Written once: a newer file would make everything be built again after each configuration.
  if(NOT EXISTS ${CMAKE_BINARY_DIR}/precompiled/${name}.cpp)
    file(WRITE ${CMAKE_BINARY_DIR}/precompiled/${name}.cpp "")
  endif()
  add_library(precompiled_${name} OBJECT ${CMAKE_BINARY_DIR}/precompiled/${name}.cpp)
  target_link_libraries(precompiled_${name} PRIVATE restante_options PkgConfig::PRECOMPILED_FMT ${ARG_LIBS})
  target_precompile_headers(precompiled_${name} PRIVATE ${ARG_HEADERS})
endfunction()

if(RESTANTE_PCH)
  restante_precompiled(std HEADERS ${precompiled_std})
  restante_precompiled(asio LIBS restante_asio HEADERS ${precompiled_std} ${precompiled_asio})
  if(RESTANTE_TESTS)
    restante_precompiled(test LIBS GTest::gmock GTest::gtest HEADERS ${precompiled_std} ${precompiled_test})
    restante_precompiled(asio_test LIBS restante_asio GTest::gmock GTest::gtest
                         HEADERS ${precompiled_std} ${precompiled_asio} ${precompiled_test})
  endif()
endif()

# restante_precompile(TARGET std|asio|test|asio_test)
function(restante_precompile target which)
  if(RESTANTE_PCH)
    target_precompile_headers(${target} REUSE_FROM precompiled_${which})
  endif()
endfunction()
