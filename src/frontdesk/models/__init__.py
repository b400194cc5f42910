"""Model files and the engines that run them: catalogue, pull, child process, HTTP adapter."""
