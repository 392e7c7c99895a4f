#!/bin/sh
# npm run slurm:sweep: runs examples/slurm.sh with Debian's Slurm on this machine (as root; apt-get install
# slurm-wlm munge), with short trainings. Fails if the shards do not run every trial exactly once. It needs a
# build.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
host=$(hostname -s)
cleanup() {
  for one in slurmd slurmctld munged; do
    if [ -f "$place/run/$one.pid" ]; then kill "$(cat "$place/run/$one.pid")" || true; fi
  done
  sleep 1
  rm -rf "$place"
}
trap cleanup EXIT
mkdir "$place/run" "$place/state" "$place/spool" "$place/work" "$place/bin"
chmod 755 "$place"
head -c 1024 /dev/urandom > "$place/munge.key"
chmod 400 "$place/munge.key"
chown -R munge: "$place/munge.key" "$place/run"
cat > "$place/slurm.conf" << END
ClusterName=one
SlurmctldHost=$host
SlurmUser=root
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket=$place/run/munge.sock
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/run/slurmctld.pid
SlurmdPidFile=$place/run/slurmd.pid
SlurmctldLogFile=$place/slurmctld.log
SlurmdLogFile=$place/slurmd.log
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
NodeName=$host CPUs=4 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF="$place/slurm.conf"
runuser -u munge -- munged --key-file="$place/munge.key" --socket="$place/run/munge.sock" \
  --pid-file="$place/run/munged.pid" --log-file="$place/run/munged.log" --seed-file="$place/run/seed"
slurmctld -f "$SLURM_CONF"
slurmd -f "$SLURM_CONF"

# The example's command line, with short trainings.
cat > "$place/bin/sweep" << END
#!/bin/sh
case " \$* " in *" char-rnn "*) set -- "\$@" --trials 8 --steps 4 --batch-size 2 ;; esac
exec "$(command -v node)" "$here/dist/cli.js" "\$@"
END
chmod 755 "$place/bin/sweep"
PATH="$place/bin:$PATH"
export PATH
cd "$place/work"
i=0
while [ $i -lt 200 ]; do echo "a line of a poem, and another one: $i"; i=$((i + 1)); done > poems.txt
sbatch --wait "$here/examples/slurm.sh" || { tail -n 5 sweep-*.txt; exit 1; }
sweep status search
sweep status search --json | tail -n 1 | node -e '
  const { trials } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  const complete = new Set(trials.filter(({ state }) => state === "complete").map(({ number }) => number));
  console.log(`slurm: ${complete.size} of 8 trials complete, in ${trials.length} records`);
  process.exit(complete.size === 8 && trials.length === 8 ? 0 : 1);'
