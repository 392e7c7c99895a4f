#!/bin/sh
# A search in four shards by Slurm: sbatch slurm.sh, from a folder that all nodes reach. A shard that is requeued goes on
# where it was; sweep status search says how far all are, sweep report search writes the page.
#SBATCH --job-name=sweep
#SBATCH --array=1-4
#SBATCH --cpus-per-task=2
#SBATCH --time=04:00:00
#SBATCH --requeue
# Before the time is over: the trials that run keep a checkpoint, and the shard ends.
#SBATCH --signal=B:TERM@120
#SBATCH --output=sweep-%a.txt

exec sweep char-rnn poems.txt --units 64,128,256 --learning-rate 1e-4..1e-2:log --trials 40 \
  --study search --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --workers 1
