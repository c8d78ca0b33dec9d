"""What every subject uses: errors, who acts, rights, versions, texts, names, networks."""
