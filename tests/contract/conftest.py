from tests.hostile.fixtures import hostile_image as hostile_image
