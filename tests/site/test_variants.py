"""What is kept of an earlier build of mistakes and predictions: what is made of the same, and is whole."""

import pytest

import variants
from course import catalogue_of_mistakes as catalogue


@pytest.fixture
def made(tmp_path, monkeypatch):
    """make(): of the first prediction that boots a mistake's kernel; what it is made by is make.site's to say."""
    exercise = next(one for one in variants.predictions() if "mutation" in one.keys)
    site = variants.Variants(tmp_path, tmp_path / "work")
    monkeypatch.setattr(site, "make_prediction", lambda exercise: None)

    def make():
        return site.make("name", exercise)

    make.site = site
    return make


def test_what_is_made_of_the_same_is_kept(made):
    assert [made(), made()] == [variants.MADE, variants.KEPT]


def test_a_prediction_is_made_again_when_its_mistake_changes(made, monkeypatch):
    made()
    edits = catalogue.find
    monkeypatch.setattr(catalogue, "find", lambda name: edits("pic-not-remapped"))
    assert made() == variants.MADE


def test_what_was_not_made_whole_is_not_kept(made, monkeypatch):
    """It may have written one of its files over that of the state before."""
    made()
    edits = catalogue.find
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "find", lambda name: edits("pic-not-remapped"))
        patch.setattr(made.site, "make_prediction", interrupted)
        with pytest.raises(KeyboardInterrupt):
            made()
    assert made() == variants.MADE


def interrupted(exercise):
    raise KeyboardInterrupt
