"""The rules of the catalogue, one short file each."""
