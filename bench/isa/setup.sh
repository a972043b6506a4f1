#!/bin/bash
# Real GPU compilers without GPUs: bash bench/isa/setup.sh DIR [nointel]
#
# Mesa's drivers for AMD (RADV/ACO), NVIDIA (NVK/NAK), Qualcomm (Turnip/ir3), Apple (Honeykrisp/AGX) and Intel (ANV/brw) compile for a GPU
# that a DRM shim pretends to be: they give a Vulkan device to Dawn for Node, compile pipelines and print their code; they run nothing.
# Nothing is installed: Debian packages are unpacked below DIR (320 MB). Debian has the shims but Intel's, which is built here
# from Mesa's Debian source package (246 small C files, three minutes on one core; gcc, python3-venv, pkg-config, zlib1g-dev, libexpat1-dev).
#   then: npm run bench -- isa DIR [--gpus rdna3,ampere] [--only shared]
set -euo pipefail
mkdir -p "$1"; cd "$1"; dir=$PWD
mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list* | head -1 || true); mirror=${mirror% }; : "${mirror:?no Debian mirror among the apt sources}"
apt=$dir/apt; mkdir -p "$apt"/{lists/partial,cache/archives/partial}; : >"$apt/status"; : >"$apt/sources.list"
for suite in trixie trixie-backports; do for kind in deb deb-src; do
  echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >>"$apt/sources.list"
done; done
cat >"$apt/apt.conf" <<C
Dir::State::Lists "$apt/lists"; Dir::State::status "$apt/status"; Dir::Cache "$apt/cache"; Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/nonexistent"; APT::Install-Recommends "false"; APT::Sandbox::User "root";
C
export APT_CONFIG=$apt/apt.conf
apt-get update -qq
apt-get -y -qq --download-only -t trixie-backports install mesa-vulkan-drivers mesa-drm-shim libvulkan1 libdrm-dev >"$apt/log"
mkdir -p mesa && for f in apt/cache/archives/*.deb; do dpkg -x "$f" mesa; done
lib=$dir/mesa/usr/lib/x86_64-linux-gnu
for driver in radeon nouveau freedreno asahi intel; do
  echo "{\"ICD\":{\"api_version\":\"1.4.305\",\"library_path\":\"$lib/libvulkan_$driver.so\"},\"file_format_version\":\"1.0.0\"}" >"icd-$driver.json"
done
if [ "${2:-}" != nointel ] && [ ! -f libintel_noop_drm_shim.so ]; then
  mkdir -p source && cd source
  # The backport's source is not always served; stable's will do: the shim only answers ioctls.
  version=$(apt-cache showsrc mesa | sed -n 's/^Version: //p' | grep -v bpo | head -1)
  apt-get -qq --download-only source "mesa=$version" >"$apt/log"
  mkdir -p mesa && tar xf mesa_*.orig.tar.xz -C mesa --strip-components=1
  python3 -m venv venv && venv/bin/pip -q install meson ninja mako pyyaml packaging setuptools
  cp -r "$dir"/mesa/usr/lib/x86_64-linux-gnu/pkgconfig pc && sed -i "s#^prefix=/usr#prefix=$dir/mesa/usr#" pc/libdrm*.pc pc/pciaccess.pc
  cd mesa
  python3 - <<'P' # only what the shim needs of src/intel
import re
def edit(path, change):
    text = open(path).read(); new = change(text); assert new != text, path; open(path, "w").write(new)
edit("meson.build", lambda s: re.sub(r"with_any_intel = \[.*?\]\.contains\(true\)", "with_any_intel = true", s, flags=re.S))
edit("src/intel/meson.build", lambda s: s[:s.index("subdir('dev')")] + "subdir('dev')\nsubdir('isl')\nsubdir('common')\nsubdir('tools')\n")
edit("src/intel/tools/meson.build", lambda s: re.search(r"libintel_stub_gpu = shared_library\(.*?\n  \)\n", s, re.S).group(0))
P
  off=$(printf -- '-D%s=disabled ' glx egl gbm gles1 gles2 llvm zstd libunwind valgrind)
  PATH=$dir/source/venv/bin:$PATH PKG_CONFIG_LIBDIR=$dir/source/pc:/usr/lib/x86_64-linux-gnu/pkgconfig:/usr/share/pkgconfig \
    nice -n 15 meson setup b $off -Dplatforms= -Dvulkan-drivers= -Dgallium-drivers= -Dopengl=false -Dtools=drm-shim -Dbuildtype=release -Doptimization=0 -Dbuild-tests=false >"$apt/meson.log"
  PATH=$dir/source/venv/bin:$PATH nice -n 15 ninja -C b -j"${JOBS:-1}" src/intel/tools/libintel_noop_drm_shim.so >"$apt/ninja.log"
  cp b/src/intel/tools/libintel_noop_drm_shim.so "$dir/"
  cd "$dir" && rm -rf source
fi
rm -rf apt
echo "ready: $dir"
