# Sourced by the scripts in this folder: progress lines and clear ends.
started=$SECONDS
step_number=0
: "${step_total:=1}"

step() { # TEXT
    step_number=$((step_number + 1))
    printf '==> [%d/%d, %d s] %s\n' "$step_number" "$step_total" $((SECONDS - started)) "$1"
}

note() { printf '    %s\n' "$1"; }

die() { # SENTENCE [EXIT CODE]
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    exit "${2:-1}"
}

# Compiled objects are shared between checkouts and survive `rm -rf build`.
use_ccache() { # ROOT
    export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$1} CCACHE_NOHASHDIR=1
    export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
}

# Configures and builds a preset; ninja shows how many steps of how many are done.
build_preset() { # ROOT PRESET [TARGET...]
    local root=$1 preset=$2
    shift 2
    local targets=()
    [ $# -eq 0 ] || targets=(--target "$@")
    use_ccache "$root"
    mkdir -p "$root/build"
    if ! (cd "$root" && cmake --preset "$preset" >"build/$preset.configure.log" 2>&1); then
        cat "$root/build/$preset.configure.log" >&2
        return 1
    fi
    (cd "$root" && NINJA_STATUS="    [$preset %f/%t, %es] " cmake --build --preset "$preset" -j "${JOBS:-$(nproc)}" "${targets[@]}")
}
