"""What several measures share. Only modules beside this folder are measures."""
