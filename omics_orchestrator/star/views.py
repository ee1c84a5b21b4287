"""All views of the star, as the data dictionary describes them."""

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.star import dimensions, named_dimensions
from omics_orchestrator.star.drugs import episodes, statuses
from omics_orchestrator.star.files import files
from omics_orchestrator.star.measurements import measurements
from omics_orchestrator.star.samples import samples
from omics_orchestrator.star.study_tables import studies_of
from omics_orchestrator.star.view import View


def views(dictionary: Dictionary) -> list[View]:
    """Every dimension and fact; none where no study has a table."""
    studies = studies_of(dictionary)
    if not studies:
        return []
    return [
        dimensions.participants(studies),
        dimensions.visits(studies),
        dimensions.days(),
        named_dimensions.drugs(dictionary),
        named_dimensions.studies(studies),
        named_dimensions.sites(studies),
        named_dimensions.variables(dictionary, studies),
        episodes(studies),
        statuses(studies),
        measurements(studies),
        samples(studies),
        files(dictionary, studies),
    ]
