"""The process: signals, garbage, proxies, what is made once, errors of the operating system."""
