# What can be done here. Every "shown by" is a recipe: a non-zero exit means that its sentence is false.
# `./test` installs what the recipes need, then runs all of `check` and `e2e`.

export PATH := justfile_directory() / ".tools/venv/bin:" + justfile_directory() / ".tools/bin:" + env("PATH")
export SAM_CLI_TELEMETRY := "0"
target := env("CARGO_TARGET_DIR", justfile_directory() / "target")
# AWS's runtime emulator: the SAM CLI carries it. The tests of the Lambda functions ask for it and fail without.
export ONETAKE_RIE := `ls "$PWD"/.tools/venv/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-$(uname -m | sed 's/aarch64/arm64/') 2>/dev/null | head -n 1`
# The server that stands for AWS's services in tests.
export ONETAKE_MINISTACK := justfile_directory() / ".tools/ministack/bin/ministack"
# cargo-lambda always names a target, and cargo keeps apart what is built for one that is named: named for all, all is built once.
export CARGO_BUILD_TARGET := `rustc -vV | sed -n 's/^host: //p'`
# The functions are built by cargo itself, as every program is.
export CARGO_LAMBDA_COMPILER := "cargo"

# Lists the recipes.
default:
    @just --list --unsorted

# All that can be said without starting a program: format, lints, docs, licences, rooms, scripts, tests.
check: fmt lint doc deny unused rooms scripts journey promises tests sdks

# The programs as they run: Lambda's template and binaries under AWS's emulator, the film in a browser.
e2e: validate stores built manim-image layers e2e-lambda kills browser sam-local

# The code is formatted.
fmt:
    cargo fmt --all --check

# No lint complains. `--all-targets` leaves out the tests that `cargo test` alone does not run, so they are asked for by name.
lint:
    cargo clippy --workspace --all-targets --quiet -- -D warnings
    cargo clippy --workspace --test '*' --quiet -- -D warnings

# The docs build, and every link in them leads somewhere. With examples, dependencies are read as `lint` has read them, not anew.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --lib --bins --examples --quiet

# Licences, sources and the dependencies that only one room may name (deny.toml).
deny:
    cargo deny --log-level error check bans licenses sources

# Known holes in dependencies. Needs the advisory database from the network, so it is not part of `check`.
advisories:
    cargo deny check advisories

# No manifest names a dependency that its code does not.
unused:
    infra/unused-dependencies

# No room imports what DESIGN's room rule forbids.
rooms:
    infra/rooms

# The shell scripts are clean.
scripts:
    shellcheck --external-sources onetake test .ci/run infra/setup infra/rooms infra/unused-dependencies infra/contact-sheet infra/bare-root infra/debian infra/container-engine infra/smoke.sh infra/manim/image infra/layers/ffmpeg/build infra/layers/fonts/build crates/lambda-host/tests/host/echo/bootstrap

# Every file and function that README's architecture names is there.
journey:
    python infra/journey

# What must never be false, and the tests that hold it. `just promises --break` breaks the code in each of the ways that
# infra/promises.toml has, one after the other, and demands that a test goes red.
promises *ARGS:
    python infra/promises {{ ARGS }}

# Manim, which programs need, in an environment of its own. Nothing is done where it is whole. The program is built as the tests have it.
manim:
    cargo test --workspace --quiet --no-run --test program
    "{{ target }}/$CARGO_BUILD_TARGET/debug/onetake" doctor --install-manim

# All tests that need no emulator and no browser. They wait for films, servers and their own walls more than they compute.
tests: manim
    RUST_TEST_THREADS=$(($(nproc) * 2)) cargo test --workspace --quiet

# ElevenLabs' own SDKs, Python's and JavaScript's, see at the house what they see at the double. `just sdks two_doubles` runs one test.
sdks *TEST:
    cargo test --workspace --quiet --test sdks -- {{ TEST }}

# The template is valid, as it is written and as plain CloudFormation, and agrees with the code.
validate:
    sam validate --lint --region eu-west-1
    python infra/expand
    cfn-lint --include-checks I -- template.yaml .aws-sam/expanded.json
    .tools/checkov/bin/checkov --file .aws-sam/expanded.json --config-file infra/checkov.yaml
    python infra/check-template

# Builds all that is deployed, into .aws-sam/build: the functions, and the layers with ffmpeg and fonts. Prints the sizes.
build: (pack "--release")

# The same, of the programs that the tests have: less optimised, and not compiled anew. What CI packs; `just build e2e-lambda` tests users'.
built: (pack "" "SAM_BUILD_MODE=debug" "CARGO_LAMBDA_COMPILER_EXTRA_ARGS='--test e2e'")

[private]
pack PROFILE *SETTINGS:
    python infra/expand
    # All at once, on all processors; `sam build` asks for one after the other, and finds them.
    env {{ SETTINGS }} cargo lambda build {{ PROFILE }} $(for main in functions/*/main.rs; do printf -- '--bin %s ' "$(basename "$(dirname "$main")")"; done)
    env {{ SETTINGS }} sam build
    install -D "{{ target }}/lambda/manim/bootstrap" .aws-sam/build/ManimFunction/bootstrap
    python infra/packages

# Scenes, tracks and films come out right with the layers' own ffmpeg and fonts. After `just build`.
layers:
    ONETAKE_FFMPEG="$PWD/.aws-sam/build/FfmpegLayer/bin/ffmpeg" ONETAKE_FONTS="$PWD/.aws-sam/build/FontsLayer/fonts" \
      cargo test --workspace --quiet --test join --test scenes --test sound --test safety --test layer

# Each function as `sam local` runs it, in a container, against a deployment in MiniStack. Skipped loudly where no container engine starts.
sam-local:
    python infra/sam-local

# The ports on DynamoDB, S3 and SQS do what they say, over AWS's SDK against a server that answers as AWS does.
stores:
    cargo test --workspace --quiet --test stores

# Scripts become films on what `just build` packed, under AWS's runtime emulator and past the template's policies, while functions
# are killed, outlast their time, begin anew and get their messages twice: no line is paid twice. `just e2e-lambda twenty_jobs`
# tells one story of it. The whole workspace, so that nothing is built anew with fewer features.
e2e-lambda *STORY: manim
    cargo test --workspace --quiet --test host
    cargo test --workspace --quiet --test e2e -- {{ STORY }}

# A film is killed at 50 moments and started again each time: nothing is bought twice. `just kills SEED` replays one moment.
kills *SEED:
    cargo test --workspace --quiet --test kills -- {{ SEED }}

# Chromium plays a film to its end and shows at least 95 % of its frames.
browser:
    cargo test --workspace --quiet --test browser -- --nocapture

# Makes a film: `just film examples/dialogue.json --rehearse`
film *ARGS:
    ./onetake film {{ ARGS }}

# Writes the script's JSON Schema anew.
schema:
    ./onetake schema > crates/story/script.schema.json.new
    mv crates/story/script.schema.json.new crates/story/script.schema.json

# One picture of a film: a frame of each second. `just contact-sheet onetake-data/…/film.mp4 sheet.png`
contact-sheet FILM OUT="contact-sheet.png":
    infra/contact-sheet "{{ FILM }}" "{{ OUT }}"

# README's commands work in a fresh clone in a bare Debian: `just bare-root`, `just bare-root --tests`
bare-root *ARGS:
    infra/bare-root {{ ARGS }}

# Runs the doubles of the paid providers, to try Onetake by hand: `just double`, `just double --help`
double *ARGS:
    cargo run --quiet --package doubles --bin double -- {{ ARGS }}

# Lives seeded worlds: `just simulate 20000`, `just simulate --first 9000 --worlds 1000`; tells one: `just simulate --seed 17`;
# searches for built-in bugs: `just simulate --break all`, `just simulate --break no-lease,counter`; measures: `just simulate --figures`
simulate *ARGS:
    cargo test --workspace --quiet --test simulation -- {{ ARGS }}

# How well the lanes are used, in real time, against the double: `just bench-speech --tickets 500` for all of it
bench-speech *ARGS:
    cargo bench --quiet --package steps --bench speech -- {{ ARGS }}

# How long a film takes beside what it must take, on a paused clock: `just bench-pipeline`; `--sequential` takes the overlap away,
# `--real` makes films in real time too, `--slow-stores` has the stores take their time.
bench-pipeline *ARGS:
    cargo bench --workspace --quiet --profile dev --bench pipeline -- {{ ARGS }}

# What the gateway costs beside a plain reverse proxy: how soon a request leaves and sound is passed on, cached takes a second, CPU.
bench-gateway:
    cargo bench --workspace --quiet --profile dev --bench gateway

# Changes the transitions of takes, lanes, tickets, paces and jobs in every small way: a test must notice each (.cargo/mutants.toml lists what may live on).
mutants *ARGS:
    [ -x .tools/bin/cargo-mutants ] || cargo install cargo-mutants --version 27.1.0 --locked --root .tools
    cargo mutants --package story --output target {{ ARGS }}

# Changes pictures, sounds, scene parts and chapters' titles in every small way, for so many seconds: nothing that reads them may break
# down. The input that breaks something is kept in target/fuzz. `just fuzz 600 SEED` begins with another chance.
fuzz *ARGS:
    cargo run --quiet --package media --example fuzz -- {{ ARGS }}

# How large the packed functions are, and how long 20 cold starts of each take under AWS's emulator. After `just build`.
bench-cold:
    cargo bench --workspace --quiet --profile dev --bench cold

# The CPU time of all planning of a 500-line film: at most 50 ms.
bench-planning:
    cargo bench --quiet --package story --bench planning

# What a film costs in CPU time beside the encoder alone, ffmpeg's own filters and MoviePy, and MEDIA's goals: `just bench-media`,
# `--need moviepy,ffmpeg` to insist on them, `--install` for MoviePy (.tools/moviepy), `--seconds 10 --runs 1` for a quick look;
# `--check` holds the ratios in benches/media/ratios.json within 15 %.
bench-media *ARGS:
    cargo bench --quiet --package media --bench media -- {{ ARGS }}

# What a film costs beside MoviePy, ffmpeg and the encoder alone has not become more: ratios of CPU times of ten seconds of film.
ratios:
    @just bench-media --install
    just bench-media --check --need moviepy,ffmpeg

# Where the CPU time of a scene goes: reading the picture, motion, captions, pipe, encoder, join.
profile-media:
    cargo bench --quiet --package media --bench profile

# A film of an hour: CPU, time, scratch space, and at most 512 MiB of memory in all processes; then how that fits Lambda.
# `just bench-long --minutes 5` tries it.
bench-long *ARGS:
    cargo bench --quiet --package media --bench long -- {{ ARGS }}

# Attacks on the sandbox by name, each first without it: `just attacks fork` runs those with "fork" in their names.
attacks *NAMES:
    cargo test --workspace --quiet --test attacks -- {{ NAMES }}

# How long an explainer of five sections takes beside what it must take, and beside what it took: drawing is measured first, in real time.
# `just bench-explainer --style manim` has Manim draw (`just manim` installs it).
bench-explainer *ARGS:
    cargo bench --workspace --quiet --profile dev --bench explainer -- {{ ARGS }}

# Sheets of animations to look at, and what drawing them costs: `just animations FOLDER FILE…`
animations *ARGS:
    cargo run --quiet --package media --example animation -- {{ ARGS }}

# A second of any of the rehearsal's animations is drawn, at 1080x1920 and 30 frames a second, in at most 0.3 s of CPU.
bench-animation:
    just animations --check target/animations crates/providers/src/writer/topics/*.json

# One line of a film of 60 scenes is another: how long until the new film is there, beside the whole. `just bench-edit --scenes 6` tries it.
bench-edit *ARGS:
    cargo bench --workspace --quiet --profile dev --bench edit -- {{ ARGS }}

# The image of the function that programs for Manim run in: built, and asked for a film as Lambda asks. Skipped loudly where no container engine
# starts. After `just build`.
manim-image *TAG:
    infra/manim/image {{ TAG }}
