"""The settings of the installation: the environment's, and what owners change in the page; secrets kept sealed."""
