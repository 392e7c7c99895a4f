#!/bin/sh
# TensorBoard 2.21.0, with its Python event loader, which it uses without the data server: an atomic writer
# replaces an event file by a rename. A loader that is already running never reads the new file. The new
# points of a resumed run do not appear, and the points of the abandoned branch stay. A new loader reads the
# new file. If the writer instead appends a record with SessionLog.START and the first new step, the running
# loader drops the old branch and continues.
#
# Seen with tensorboard 2.21.0, tensorflow-cpu 2.21.0 (to write the files), Python 3.11:
#     renamed, running loader: last step 10, value 1.0
#     renamed, fresh loader:   last step 8, value 2.0
#     appended, running loader: last step 8, value 2.0
# Needs python3 with venv, and about 1.5 GB for TensorFlow. Fails if any of the three lines changes.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet tensorboard==2.21.0 tensorflow-cpu==2.21.0
cat > "$place/try.py" <<'PYTHON'
import os, sys
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

Event, Summary, SessionLog = tf.compat.v1.Event, tf.compat.v1.Summary, tf.compat.v1.SessionLog

def point(step, value):
    return Event(wall_time=step, step=step, summary=Summary(value=[Summary.Value(tag="loss", simple_value=value)]))

def records(events, path):
    with tf.io.TFRecordWriter(path) as writer:
        for event in events:
            writer.write(event.SerializeToString())

def last(loader):
    loader.Reload()
    step = loader.Scalars("loss")[-1]
    return f"last step {step.step}, value {step.value}"

def run(name, replace):
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(folder)
    path = os.path.join(folder, "events.out.tfevents.1")
    first = [Event(wall_time=1, file_version="brain.Event:2")] + [point(step, 1.0) for step in range(1, 11)]
    records(first, path)
    running = EventAccumulator(folder)
    running.Reload()
    again = [point(step, 2.0) for step in range(6, 9)]
    part = os.path.join(sys.argv[1], "part")
    if replace:
        records(first[:6] + again, part)
        os.rename(part, path)
    else:
        records([Event(wall_time=50, step=6, session_log=SessionLog(status=SessionLog.START))] + again, part)
        with open(path, "ab") as file:
            file.write(open(part, "rb").read())
    return last(running), last(EventAccumulator(folder))

renamed_running, renamed_fresh = run("renamed", True)
appended_running, _ = run("appended", False)
seen = [
    f"renamed, running loader: {renamed_running}",
    f"renamed, fresh loader: {renamed_fresh}",
    f"appended, running loader: {appended_running}",
]
print("\n".join(seen))
expected = [
    "renamed, running loader: last step 10, value 1.0",
    "renamed, fresh loader: last step 8, value 2.0",
    "appended, running loader: last step 8, value 2.0",
]
sys.exit(0 if seen == expected else 1)
PYTHON
"$place/venv/bin/python" "$place/try.py" "$place/runs" 2> /dev/null
