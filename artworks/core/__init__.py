"""What every subject uses: errors, who acts, rights, versions, rows by ids, texts, names, networks."""
