"""People, roles by area, and the one question: may I, and why?"""
