"""Speech: voice activity, recognition and synthesis; the only importer of the speech libraries."""
