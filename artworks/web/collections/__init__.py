"""HTTP for collections."""
