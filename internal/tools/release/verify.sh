#!/usr/bin/env bash
# Builds a snapshot of HEAD twice and compares the files byte by byte, signs one
# with a key of its own and verifies the signature, then installs the provider from
# its archive with each CLI and applies a resource with it against the released
# runai-mock. Run it as `make verify-release`.
#
#   GORELEASER, SBOM_PATH   the pinned tools
#   CLIS                    the CLIs, separated by spaces
#   TARGETS=host            builds for this platform alone, not for all
set -euo pipefail

root="$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)"
commit="$(git -C "$root" rev-parse HEAD)"
goreleaser="${GORELEASER:-$root/bin/goreleaser}"
export PATH="${SBOM_PATH:-$root/bin}:$PATH"
GOTOOLCHAIN="$(sed -n 's/^toolchain //p' "$root/go.mod")"
export GOTOOLCHAIN

work="$(cd "$(mktemp -d)" && pwd -P)"
mock_pid=
cleanup() {
	[ -z "$mock_pid" ] || kill "$mock_pid" 2>/dev/null || true
	gpgconf --kill gpg-agent 2>/dev/null || true
	chmod -R u+w "$work" && rm -rf "$work" # the Go caches are read-only
}
trap cleanup EXIT

fail() {
	printf 'verify-release: %s\n' "$*" >&2
	exit 1
}

# build DIRECTORY SOURCE SKIP builds the commit in a clone of SOURCE.
build() {
	git clone --quiet --no-hardlinks "$2" "$1"
	git -C "$1" checkout --quiet --detach "$commit"
	if [ "${TARGETS:-all}" = host ]; then
		sed -e "s/^    goos: .*/    goos: [$(go env GOHOSTOS)]/" -e "s/^    goarch: .*/    goarch: [$(go env GOHOSTARCH)]/" \
			"$1/.goreleaser.yml" >"$work/host.yml"
		config="$work/host.yml"
	else
		config="$1/.goreleaser.yml"
	fi
	(cd "$1" && "$goreleaser" release --config "$config" --snapshot --clean --skip="$3")
}

# A key for this run: an agent listens on a socket, whose path has to be short.
GNUPGHOME="$work/gpg"
export GNUPGHOME
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key 'verify-release <verify-release@example.com>' rsa3072 sign never
GPG_FINGERPRINT="$(gpg --batch --list-keys --with-colons | sed -n 's/^fpr:*\([0-9A-F]*\):.*/\1/p' | head -n 1)"
export GPG_FINGERPRINT

echo "Building $(git -C "$root" log -1 --format='%h %s') with $GOTOOLCHAIN, twice"
build "$work/a" "$root" ko
# Everything differs that could get into a file: the path, the build cache, the
# time zone, the file modes, the locale, and flags from the environment.
(umask 0077 && TZ=Asia/Kolkata LC_ALL=C GOFLAGS=-buildvcs=true GOCACHE="$work/cache" build "$work/another folder/b" "$work/a" sign,ko)

dist="$work/a/dist"
other="$work/another folder/b/dist"
sums="$(cd "$dist" && ls ./*_SHA256SUMS)"
version="$(basename "$sums" _SHA256SUMS)"
version="${version#terraform-provider-runai_}"
cp "$root/terraform-registry-manifest.json" "$dist/terraform-provider-runai_${version}_manifest.json"
cp "$root/terraform-registry-manifest.json" "$other/terraform-provider-runai_${version}_manifest.json"

cmp "$dist/$sums" "$other/$sums" || { diff "$dist/$sums" "$other/$sums" || true; fail 'the checksums differ'; }
(cd "$dist" && sha256sum --check --strict --quiet "$sums")
while read -r _ file; do
	cmp "$dist/$file" "$other/$file" || fail "$file differs"
done <"$dist/$sums"
printf '%s files are identical\n' "$(wc -l <"$dist/$sums")"

# What the registries require: zips with these names, each in the checksums, each
# with the binary that the CLI looks for; the manifest; and no zip besides.
grep -q " terraform-provider-runai_${version}_manifest.json$" "$dist/$sums" || fail 'the manifest is not in the checksums'
zips=0
for zip in "$dist"/*.zip; do
	name="$(basename "$zip")"
	[[ "$name" =~ ^terraform-provider-runai_${version//./\\.}_[a-z]+_[a-z0-9]+\.zip$ ]] || fail "$name is not a name that the registries accept"
	grep -q " $name$" "$dist/$sums" || fail "$name is not in the checksums"
	[ -f "$dist/${name%.zip}.cdx.json" ] || fail "$name has no bill of materials"
	exe="terraform-provider-runai_v$version"
	[[ "$name" != *_windows_* ]] || exe="$exe.exe"
	[ "$(unzip -Z1 "$zip" | sort | tr '\n' ' ')" = "$(printf '%s\n' LICENSE "$exe" | sort | tr '\n' ' ')" ] || fail "$name contains $(unzip -Z1 "$zip" | tr '\n' ' ')"
	zips=$((zips + 1))
done
printf '%s archives are as the registries require\n' "$zips"

# Registries take a binary signature over the checksums, by an RSA or DSA key.
! grep -q -e '-----BEGIN' "$dist/$sums.sig" || fail 'the signature is armored'
gpg --batch --quiet --verify "$dist/$sums.sig" "$dist/$sums" 2>"$work/gpg.out" || { cat "$work/gpg.out"; fail 'the signature does not verify'; }
! gpg --batch --quiet --verify "$dist/$sums.sig" "$dist/terraform-provider-runai_${version}_manifest.json" 2>/dev/null || fail 'gpg verifies anything'
echo 'the signature over the checksums verifies'

os="$(go env GOHOSTOS)"
arch="$(go env GOHOSTARCH)"
tar -xzf "$dist/runai-mock_${version}_${os}_${arch}.tar.gz" -C "$work" runai-mock
: >"$work/mock.out" # the mock may start after the first look at it
"$work/runai-mock" -listen 127.0.0.1:0 >"$work/mock.out" &
mock_pid=$!
for _ in $(seq 50); do
	url="$(sed -n 's/^listening on //p' "$work/mock.out")"
	[ -z "$url" ] || break
	sleep 0.1
done
[ -n "$url" ] || fail 'runai-mock does not start'

# install CLI HOST installs the provider from a mirror that holds the archive, and
# applies a resource with it. The CLI configuration is that of the README, in which
# the CLI cannot take the provider from anywhere else.
readme="$(sed -n '/^  provider_installation {$/,/^  }$/p' "$root/README.md")"
[[ "$readme" == *filesystem_mirror* ]] || fail 'the README has no CLI configuration with a mirror'
install() {
	local dir="$work/install $2"
	mkdir -p "$dir/mirror/$2/runai-community/runai"
	cp "$dist/terraform-provider-runai_${version}_${os}_${arch}.zip" "$dir/mirror/$2/runai-community/runai/"
	printf '%s\n' "${readme//DIR/$dir/mirror}" >"$dir/cli.tfrc"
	cat >"$dir/main.tf" <<-EOF
		terraform {
		  required_providers {
		    runai = {
		      source  = "runai-community/runai"
		      version = "$version"
		    }
		  }
		}

		provider "runai" {}

		resource "runai_application" "ci" {
		  name = "release-${2//./-}"
		}
	EOF
	(
		export TF_CLI_CONFIG_FILE="$dir/cli.tfrc" CHECKPOINT_DISABLE=1
		export RUNAI_BASE_URL="$url" RUNAI_CLIENT_ID=terraform RUNAI_CLIENT_SECRET=terraform-secret
		# Joined, since the shell does not stop at an error on the left of ||.
		cd "$dir" &&
			"$1" init -no-color -input=false &&
			grep -q "\"$2/runai-community/runai\"" .terraform.lock.hcl &&
			"$1" apply -no-color -input=false -auto-approve &&
			"$1" plan -no-color -input=false -detailed-exitcode
	) >"$dir/output" 2>&1 || { cat "$dir/output"; fail "$1 does not install or apply the provider from the archive"; }
	grep -E 'Installed|Apply complete' "$dir/output"
	printf '%s: installed from the archive, and applied\n' "$(TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1 "$1" version | head -n 1)"
}
terraform='*** terraform is not on the path: nothing was installed with it ***'
tofu='*** There is no tofu: nothing was installed with it ***'
for cli in ${CLIS:-}; do
	case "$(TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1 "$cli" version)" in
	OpenTofu*)
		install "$cli" registry.opentofu.org
		tofu=
		;;
	*)
		install "$cli" registry.terraform.io
		terraform=
		;;
	esac
done
printf '%s\n' "$terraform" "$tofu" | grep . || true
