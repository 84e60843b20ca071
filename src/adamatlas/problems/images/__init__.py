"""Images with Gaussian noise on the training set and convolutional networks (meng2023, Sec. 4)."""
