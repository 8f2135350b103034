"""Requests, approvals, holds, review and sealed packages."""
