"""How good the analysis is on labelled mail: predict, score, compare, calibrate."""
