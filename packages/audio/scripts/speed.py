"""Times torchaudio's log-mel on one thread. Each line of JSON, { samples, rate, fftSize, windowSize, hopSize,
mels }, is answered by the processor time and the wall time of one transform, in seconds."""
import json, sys, time, warnings

warnings.filterwarnings('ignore')
import torch, torchaudio

torch.set_num_threads(1)
ready = {}
for line in sys.stdin:
    asked = json.loads(line)
    if line not in ready:
        transform = torchaudio.transforms.MelSpectrogram(asked['rate'], n_fft=asked['fftSize'], win_length=asked['windowSize'], hop_length=asked['hopSize'], n_mels=asked['mels'])
        ready[line] = transform, torch.randn(asked['samples']) * 0.1
    transform, samples = ready[line]
    with torch.inference_mode():
        wall, processor = time.perf_counter(), time.process_time()
        torch.log(transform(samples).clamp_min(1e-10))
        print(json.dumps({'processor': time.process_time() - processor, 'wall': time.perf_counter() - wall}), flush=True)
