"""Paper: plain values in, PDF bytes out, and the proof on the receipt that anyone can check offline."""
