find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Links the sanitized test programs, 60 MB each, in a third of the time; GCC 12 and later know it by name.
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
if(RESTANTE_TESTS)
  find_package(GTest REQUIRED)
endif()

add_library(restante_options INTERFACE)
target_compile_features(restante_options INTERFACE cxx_std_20)
target_include_directories(restante_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(restante_options INTERFACE -Wall -Wextra -Wno-missing-field-initializers -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                                                  -fno-omit-frame-pointer)
target_link_libraries(restante_options INTERFACE Threads::Threads)
if(RESTANTE_WERROR)
  target_compile_options(restante_options INTERFACE -Werror)
endif()
if(RESTANTE_SANITIZE)
  target_compile_options(restante_options INTERFACE -fsanitize=${RESTANTE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(restante_options INTERFACE -fsanitize=${RESTANTE_SANITIZE})
  if(RESTANTE_SANITIZE MATCHES undefined)
    # A quarter of the compile time for nothing: AddressSanitizer catches a null pointer that is used, and objects' sizes
    # are known to optimised builds only.
    target_compile_options(restante_options INTERFACE -fno-sanitize=null,object-size)
  endif()
  if(RESTANTE_SANITIZE MATCHES address)
    # The sanitizers' tables hold millions of addresses; in a program that may lie anywhere each start relocates them all.
    target_link_options(restante_options INTERFACE -no-pie)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 with sanitizers reports these falsely, for strings in tl::expected.
    target_compile_options(restante_options INTERFACE -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow
                                                      -Wno-stringop-overread)
  endif()
endif()
if(CMAKE_UNITY_BUILD)
  # Sources of one library read as one file, a half of the compiler's time: names in unnamed namespaces must differ within a module.
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(restante_options INTERFACE -Wno-subobject-linkage)  # meant for headers
  endif()
endif()
if(RESTANTE_FUZZ)
  target_compile_options(restante_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(RESTANTE_COVERAGE)
  target_compile_options(restante_options INTERFACE --coverage)
  target_link_options(restante_options INTERFACE --coverage)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # ccache can keep what includes a precompiled header; GCC 12 reports every coroutine's frame falsely.
  target_compile_options(restante_options INTERFACE -fpch-preprocess -Wno-mismatched-new-delete)
endif()

# Asio: compiled once in net/asio_impl.cpp instead of in every file that includes it.
add_library(restante_asio INTERFACE)
target_compile_definitions(restante_asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(restante_asio INTERFACE OpenSSL::SSL OpenSSL::Crypto)
