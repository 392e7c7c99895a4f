"""Computes librosa's and torchaudio's features of a recording. Each line of JSON, { file, rate, type, folder
}, is answered by a list of cases. Their samples and features are written into the folder as float64."""
import json, os, sys, warnings
from math import gcd

warnings.filterwarnings('ignore')
import librosa, numpy as np, scipy.signal, soundfile, torch, torchaudio

for line in sys.stdin:
    asked = json.loads(line)
    y, rate = soundfile.read(asked['file'], dtype='float64')
    if asked['rate'] != rate:
        divisor = gcd(asked['rate'], rate)
        y = scipy.signal.resample_poly(y, asked['rate'] // divisor, rate // divisor)
    rate = asked['rate']
    y = y.astype(asked['type'])
    torch.set_default_dtype(getattr(torch, asked['type']))
    window, hop = round(0.025 * rate), round(0.01 * rate)
    size = 2 ** int(np.ceil(np.log2(window)))
    frame = {'sampleRate': rate, 'hopSize': hop, 'mels': 40}
    cases = []
    for scale, norm in [('slaney', 'slaney'), ('htk', 'slaney'), ('slaney', 'none'), ('htk', 'none')]:
        given = None if norm == 'none' else norm
        for center in [True, False]:
            for power in [1, 2]:
                options = {**frame, 'scale': scale, 'norm': norm, 'center': center, 'power': power}
                theirs = librosa.feature.melspectrogram(y=y, sr=rate, n_fft=size, win_length=window, hop_length=hop, n_mels=40, htk=scale == 'htk', norm=given, center=center, power=power)
                cases.append(['librosa', {**options, 'fftSize': size, 'windowSize': window, 'padMode': 'constant'}, theirs])
                # torchaudio's default: the FFT has the size of the window.
                theirs = torchaudio.transforms.MelSpectrogram(rate, n_fft=window, hop_length=hop, n_mels=40, mel_scale=scale, norm=given, center=center, power=float(power))(torch.tensor(y))
                cases.append(['torchaudio', {**options, 'fftSize': window}, theirs.numpy()])
    y.astype('float64').tofile(os.path.join(asked['folder'], 'samples'))
    answer = []
    for place, (name, options, features) in enumerate(cases):
        features.T.astype('float64').tofile(os.path.join(asked['folder'], str(place)))
        answer.append({'library': name, 'options': options})
    print(json.dumps(answer), flush=True)
