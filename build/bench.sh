#!/usr/bin/env bash
# Measures and prints markdown tables.
#   build/bench.sh engine            the face engine, with and without the second network, against dlib with OpenBLAS and against ONNX Runtime, in turns, one thread each
#   build/bench.sh http [N]          N verifications (default 1000) of a 640x480 photo over HTTP, with both networks and with dlib's alone; server and PostgreSQL on one processor and on all
#   build/bench.sh auth [N]          what authentication adds to a request (N of each kind, default 10000), its database commands, and logins
#   build/bench.sh auth-kernel       BenchmarkDotNet on the authentication itself, beside ASP.NET Core's JwtBearer handler
#   build/bench.sh flood [N]         N verifications (default 300) before, during and after a flood of logins, on one processor and on all
#   build/bench.sh start [N]         N starts (default 5) of build/run.sh on a warm data folder: time until ready, and memory at rest
#   build/bench.sh fusion PEOPLE F   finds the directions in which the faces of a folder of people differ, and writes them to file F
#   build/bench.sh search [SIZES [D…]] the face index against FAISS: galleries of so many faces (default 10000,100000,1000000,10000000), within distances D
#   build/bench.sh pgvector [SIZES [EFS]] the search by pgvector beside the exact one: galleries of so many faces (default 10000,100000), values of ef_search
#                                    (default 40,100,200,400); in PGlite where PostgreSQL has no pgvector
#   build/bench.sh import [N]        faceid import of N people with a face each (default 1000000), as CSV and JSON Lines, and of the same file again
#   build/bench.sh gallery [SIZES [N]] a server over galleries of so many faces (default 1000,100000,1000000): loading, memory, and N requests (300) of each kind
#   build/bench.sh accuracy FOLDER|TAR [ARGS…]  faceid accuracy over a folder of people, or a tar file of one (ARGS go to it, such as --out report)
#   build/bench.sh templates PEOPLE [CACHE]  what several photos of a person are worth, over a folder of people; CACHE keeps their templates
#   build/bench.sh pairs PEOPLE SEED 6,000 pairs drawn from a folder of people, as LFW lists its own, for faceid accuracy --pairs
#   build/bench.sh passive N FOLDER… what the passive liveness network says of N photos of each folder, and of simulated prints and screens of them
#   build/bench.sh micro [ARGS…]     BenchmarkDotNet on the engine's stages (ARGS go to BenchmarkDotNet)
# FACEID_MODELS names the folder of the models (default: models/), FACEID_BENCH_PHOTO a photo with a face.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export FACEID_MODELS="$(realpath "${FACEID_MODELS:-models}")"
what="${1:-engine}"
shift || true

root=$PWD
url=http://127.0.0.1:5989
email=admin@faceid.local
photo="${FACEID_BENCH_PHOTO:-tests/photos/female_0.jpg}"
last_processor=$(($(nproc) - 1))
program=(dotnet artifacts/bin/Benchmarks/release/FaceId.Benchmarks.dll)
server=
folder=

# A data folder that goes when the script does.
make_folder() {
    folder="$(mktemp -d)"
    password="$(head -c 18 /dev/urandom | base64)"
    trap 'stop; rm -rf "$folder"' EXIT
}

# Starts the server in that folder, by way of a command such as: taskset -c 0
start() {
    (cd "$folder" && exec env -u DATABASE_URL -u FACEID_DATA ASPNETCORE_URLS="$url" FACEID_RATE_LIMIT=off FACEID_ADMIN_PASSWORD="$password" \
        "$@" "$root/build/run.sh" >"$folder/log" 2>&1) &
    server=$!
    until curl -sf "$url/health/ready" >/dev/null; do
        kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
        sleep "${pause:-0.2}"
    done
}

stop() {
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        server=
    fi
}

# From the next start on PostgreSQL counts what it is sent.
count_statements() {
    echo "shared_preload_libraries = 'pg_stat_statements'" >>"$folder/data/postgres/postgresql.conf"
}

# What the processor is called, and how busy others keep it.
describe_machine() {
    echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors, load $(cut -d ' ' -f 1-3 /proc/loadavg), $(date -u +%F)"
    echo
}

# What the server holds in memory of its own, in MiB.
anonymous() { awk '/^RssAnon/ { print int($2 / 1024) }' "/proc/$server/status"; }

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

if [[ $what != start && $what != accuracy ]]; then
    dotnet build tests/Benchmarks -c Release --verbosity quiet --nologo >&2
fi
case "$what" in
    engine)
        dlib="$(tests/reference/build.sh)"
        # One processor for both sides, so that neither is moved about.
        taskset -c "$last_processor" "${program[@]}" peer "$dlib" "$@"
        ;;
    fusion)
        "${program[@]}" fusion "$@"
        ;;
    http)
        make_folder
        describe_machine
        for processors in 0 "0-$last_processor"; do
            for second in on off; do
                start env FaceId__SecondModel="$second" taskset -c "$processors"
                [[ $second == on ]] && networks="both networks" || networks="dlib's network alone"
                echo "Server and PostgreSQL on processor $processors, $networks."
                echo
                taskset -c "$last_processor" "${program[@]}" http "$url" "$email" "$password" "$photo" "${1:-1000}"
                echo
                stop
            done
        done
        ;;
    auth)
        make_folder
        start
        stop
        count_statements
        start taskset -c 0
        describe_machine
        taskset -c "$last_processor" "${program[@]}" auth "$url" "$email" "$password" "$folder/data" "${1:-10000}"
        ;;
    auth-kernel)
        "${program[@]}" --filter '*AuthenticationBenchmarks*' "$@"
        ;;
    flood)
        make_folder
        describe_machine
        for processors in 0 "0-$last_processor"; do
            start taskset -c "$processors"
            echo "Server and PostgreSQL on processor $processors."
            echo
            "${program[@]}" flood "$url" "$email" "$password" "$folder/data" "$photo" "${1:-300}"
            echo
            stop
        done
        ;;
    start)
        make_folder
        start
        stop
        describe_machine
        echo "| start | until ready, ms | resident 10 s later, MiB | of it anonymous, MiB | PostgreSQL, MiB (proportional) |"
        echo "|---|---|---|---|---|"
        pause=0.01
        for run in $(seq "${1:-5}"); do
            began=$(date +%s%N)
            start
            ready=$((($(date +%s%N) - began) / 1000000))
            sleep 10
            resident=$(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$server/status")
            postmaster=$(head -n 1 "$folder/data/postgres/postmaster.pid")
            database=$(for process in "$postmaster" $(pgrep -P "$postmaster"); do cat "/proc/$process/smaps_rollup"; done 2>/dev/null |
                awk '/^Pss:/ { sum += $2 } END { print int(sum / 1024) }')
            echo "| $run | $ready | $resident | $(anonymous) | $database |"
            echo "$ready" >>"$folder/ready"
            echo "$resident" >>"$folder/resident"
            stop
        done
        echo "| **median** | $(median <"$folder/ready") | $(median <"$folder/resident") | | |"
        ;;
    search)
        faiss="$(tests/Benchmarks/faiss/build.sh)"
        describe_machine
        "${program[@]}" search "$faiss" "${1:-10000,100000,1000000,10000000}" "${@:2}"
        ;;
    pgvector)
        build/pgvector.sh
        make_folder
        describe_machine
        "${program[@]}" pgvector "$folder" artifacts/pgvector/server.mjs "${1:-10000,100000}" "${2:-40,100,200,400}"
        ;;
    import)
        make_folder
        people="${1:-1000000}"
        database=(env -u DATABASE_URL -u FACEID_DATA "$root/build/run.sh")
        describe_machine
        echo "| $people people with a face each | file, MiB | faceid import, s | faces a second | the same file again, s |"
        echo "|---|---|---|---|---|"
        for format in csv jsonl; do
            # A server is started by each command otherwise, and its start would be measured.
            start
            "${program[@]}" import-file tests/reference/goldens/johns.json "$folder/people.$format" "$people"
            seconds=()
            for run in first again; do
                began=$(date +%s%N)
                (cd "$folder" && "${database[@]}" import "people.$format" >"$folder/$run" 2>/dev/null)
                seconds+=("$(awk "BEGIN { printf \"%.1f\", ($(date +%s%N) - $began) / 1e9 }")")
            done
            grep -q "Took over $people people and $people faces" "$folder/first"
            grep -q "Took over 0 people and 0 faces" "$folder/again"
            echo "| $format | $(($(stat -c %s "$folder/people.$format") / 1048576)) | ${seconds[0]} | $(awk "BEGIN { printf \"%d\", $people / ${seconds[0]} }") | ${seconds[1]} |"
            stop
            rm -rf "$folder/data" "$folder/people.$format"
        done
        ;;
    gallery)
        make_folder
        start
        describe_machine
        echo "Server, PostgreSQL and one caller on all processors; one sealed face a person. Times in ms: median (95th percentile)."
        echo
        echo "| faces | loaded after, s | faces of the server, MiB | threshold of identification | verify | identify | of it search | enrol |"
        echo "|---|---|---|---|---|---|---|---|"
        empty=
        for size in $(tr , ' ' <<<"${1:-1000,100000,1000000}"); do
            empty=${empty:-$(anonymous)}
            "${program[@]}" gallery-fill "$folder/data" "$size"
            stop
            start
            until curl -sf "$url/health/ready" | grep -q '"state":"current"'; do sleep 0.1; done
            seconds=$(sed -nE 's/.*Loaded [0-9]+ faces .* in ([0-9.]+) s.*/\1/p' "$folder/log" | tail -n 1)
            memory=$(($(anonymous) - empty))
            echo "| $size | $seconds | $memory | $("${program[@]}" gallery "$url" "$email" "$password" "$photo" "${2:-300}")"
        done
        ;;
    accuracy)
        people="$(realpath "${1:?name a folder with a folder of photos for each person, or a tar file of one}")"
        shift
        if [[ -f $people ]]; then
            folder="$(mktemp -d)"
            trap 'rm -rf "$folder"' EXIT
            tar -xf "$people" -C "$folder"
            # The folder that holds the people's, however deep the archive put it.
            people="$(dirname "$(dirname "$(find "$folder" -type f -name '*.jpg' -print -quit)")")"
        fi
        describe_machine
        build/run.sh accuracy --people "$people" "$@"
        ;;
    templates)
        describe_machine
        "${program[@]}" templates "$@"
        ;;
    pairs)
        "${program[@]}" pairs "$@"
        ;;
    passive)
        "${program[@]}" passive "$@"
        ;;
    micro)
        "${program[@]}" --filter '*EngineBenchmarks*' "$@"
        ;;
    *)
        sed -n '2,19p' "$0" >&2
        exit 2
        ;;
esac
