"""The course in JupyterLab: the check of the environment, the kernel, the opening."""
