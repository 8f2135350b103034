"""Check films that the camera itself signed: ONVIF Media Signing and Axis Signed Video.

`film` gives the NAL units of a file, `units` hashes them, `onvif` and `axis` read what a camera claims, `match`
holds the claims against the pictures, `trust` follows the camera's key to a root, `report` says what it means.
Pure: bytes in, findings out. What is not signed, and what no claim reaches, is always named, never passed over.
"""
