"""What model servers do differently: their failures, delays and streams, and how they are asked differently."""
