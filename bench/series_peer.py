#!/usr/bin/env python3
"""series_peer.py ar|mlp FILE WINDOW [ITERATIONS]: forecast a column of numbers as users of NumPy and
scikit-learn do.  What `bench/run series` measures rnn-train --window against.

  ar    the weights of an autoregressive model by numpy.linalg.lstsq
  mlp   sklearn's MLPRegressor with 32 units of tanh, by L-BFGS, of standardized numbers
"""

import sys

import numpy as np

method, file, window = sys.argv[1], sys.argv[2], int(sys.argv[3])
x = np.loadtxt(file)
if method == "mlp":
    x = (x - x.mean()) / x.std()
rows = np.lib.stride_tricks.sliding_window_view(x, window)[:-1]
targets = x[window:]
if method == "ar":
    a = np.column_stack([rows, np.ones(len(rows))])
    weights = np.linalg.lstsq(a, targets, rcond=None)[0]
    np.save("weights.npy", weights)
else:
    from sklearn.neural_network import MLPRegressor

    model = MLPRegressor(32, activation="tanh", solver="lbfgs", alpha=0, tol=0,
                         max_iter=int(sys.argv[4]), max_fun=10**9, random_state=1)
    model.fit(rows, targets)
