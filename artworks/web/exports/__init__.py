"""HTTP for exports."""
