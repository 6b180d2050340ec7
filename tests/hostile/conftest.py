from tests.hostile.fixtures import hostile_image as hostile_image
from tests.hostile.fixtures import no_program_image as no_program_image
from tests.hostile.fixtures import unstartable_image as unstartable_image
