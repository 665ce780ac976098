from __future__ import annotations

import pytest

from regplan.errors import InvalidSite
from regplan.profile.declared import is_sizes_file, parse_sizes

APP = ("registry.corp/app:1.0", 1_200_000_000)


def problems(text: str) -> str:
    with pytest.raises(InvalidSite) as caught:
        parse_sizes(text, "sizes.csv")
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("sizes.csv: ")
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "reference,size\nregistry.corp/app:1.0,1.2GB\n",
        "reference;size\r\nregistry.corp/app:1.0;1,2GB\r\n",
        "reference\tsize\nregistry.corp/app:1.0\t1,2 GB\n",
        'reference,size\nregistry.corp/app:1.0,"1,2GB"\n',
        "\ufeffReference ; Size \n\n registry.corp/app:1.0 ; 1200MB \n;;\n",
        "note,size,reference\nours,1.2GB,registry.corp/app:1.0\n",
        "reference,size\nregistry.corp/app:1.0,1.2GB,,\nregistry.corp/app:1.0,1200MB\n",
    ],
)
def test_what_spreadsheets_write_is_read_alike(text: str) -> None:
    assert parse_sizes(text, "sizes.csv") == (APP,)


def test_references_are_normalised_and_sizes_read_as_in_a_site_file() -> None:
    table = "reference,size\nnginx,50MiB\nghcr.io/a/b@sha256:" + "0" * 64 + ",300Gi\n"

    assert parse_sizes(table, "sizes.csv") == (
        ("docker.io/library/nginx:latest", 50 * 2**20),
        ("ghcr.io/a/b@sha256:" + "0" * 64, 300 * 2**30),
    )


def test_every_bad_row_is_told_with_its_line() -> None:
    said = problems("reference,size\nnginx:1,10MB\nnginx:2,ten\nNGINX!,10MB\nnginx:1,11MB\n")

    assert "3 lines cannot be read" in said
    assert "line 3: size: 'ten' is not a size" in said
    assert "line 4: 'NGINX!' is not an image reference" in said
    assert "line 5: docker.io/library/nginx:1 has another size than in line 2" in said


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("=HYPERLINK(1),10MB", "reference: '=HYPERLINK(1)' is a formula"),
        ("nginx:1,=A1*2", "size: '=A1*2' is a formula"),
        ("nginx:1,@SUM(1)", "is a formula"),
        ("nginx:1,-5MB", "is a formula or has a sign"),
        ("nginx:1,", "size: it is empty"),
        ("nginx:1,0MB", "must be more than 0"),
        ("nginx:1,1200", "is not a size; write it with its unit"),
        ('nginx:1,"1,234MB"', "can be read in two ways"),
        (",10MB", "is not an image reference"),
    ],
)
def test_a_cell_that_is_no_value_is_an_error_of_its_line(row: str, told: str) -> None:
    said = problems(f"reference,size\nredis:7,1MB\n{row}\n")

    assert "line 3: " in said
    assert told in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty; its first line reads reference,size"),
        ("\n\n", "it is empty"),
        ("image,bytes\nnginx,1MB\n", "line 1: the column reference is not there"),
        ("reference,reference,size\na,b,1MB\n", "line 1: the column reference is twice"),
        (
            "reference,size\nnginx:1,1,5MB\n",
            "line 2: 3 columns where the first line has 2; put a text with ',' in quotes",
        ),
        ("reference,size\nnginx:1\n", "line 2: 1 columns where the first line has 2"),
        ('reference,size\n"nginx:1,1MB\n', "this is not CSV"),
    ],
)
def test_a_table_that_is_none_is_refused(text: str, told: str) -> None:
    assert told in problems(text)


def test_of_many_bad_rows_the_first_are_told_and_the_others_counted() -> None:
    said = problems("reference,size\n" + "nginx:1,x\n" * 50)

    assert "50 lines cannot be read" in said
    assert "and 30 more" in said
    assert len(said.splitlines()) == 22


def test_a_password_in_a_reference_is_not_repeated() -> None:
    assert "hunter2" not in problems("reference,size\nhttps://me:hunter2@registry.corp/app:1,1MB\n")


def test_a_file_of_sizes_is_known_by_its_ending() -> None:
    assert is_sizes_file(" Sizes.CSV ")
    assert not is_sizes_file("sizes.txt")
