"""Ask cameras over ONVIF: find them, probe them, take hints, restart them, fetch what their card holds."""
