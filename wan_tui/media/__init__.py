"""Video: decoding, scaling, and converting pictures to what a terminal shows."""
