"""The only place that speaks HTTP: registries read and written, credentials, and small OCI artefacts."""
