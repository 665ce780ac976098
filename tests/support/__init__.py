"""What tests share: real registries, tokens, certificates, independently built images, and skopeo. Imports no regplan."""
