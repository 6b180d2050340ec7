"""How well the clinical records are filled in and read: counted at build time, in bands where they leave."""
