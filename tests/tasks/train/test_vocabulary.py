"""Which words become tokens, and the base model that has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers

from configs.load import ConfigError, load_profile
from tasks import base_model
from tasks.artifacts import Adapter
from tasks.train import extend, vocabulary
from tasks.train.merge import merge
from tasks.train.plan import TrainError
from tests.tasks.adapters import publish_adapter
from tests.tasks.train.conftest import SYSTEM, Site, write_dataset
from tests.tasks.train.contract import Heard

ROWS = 40


@pytest.fixture
def texts(tmp_path: Path) -> list[Path]:
    """40 examples about 피벗테이블 with a particle, half of them about 엑셀, all about 수식."""
    lines = [
        [
            f"피벗테이블{('을', '의', '로')[row % 3]} 만드는 {('엑셀에서', '그', '엑셀로', '이')[row % 4]} 수식 {row}",
            f"=SUM(A{row})",
        ]
        for row in range(ROWS)
    ]
    turns = [[{"from": "human", "value": asked}, {"from": "gpt", "value": told}] for asked, told in lines]
    file = tmp_path / "train.jsonl"
    file.write_text("".join(json.dumps({"conversations": one}) + "\n" for one in turns), encoding="utf-8")
    return [file]


def test_only_words_that_pay_become_tokens(site: Site, texts: list[Path]) -> None:
    found = vocabulary.choose(site.base, ("수식", "엑셀", "차트", "피벗테이블", "[INST]"), texts, ROWS)
    assert found.tokens == ("엑셀", "피벗테이블")
    assert found.refused == {
        "수식": "saves 0.0 tokens an example (0.5 are needed)",
        "차트": "stands in 0 examples (20 are needed)",
        "[INST]": "is a token already",
    }
    plain = Tokenizer.from_file(str(site.base / "tokenizer.json"))
    new = Tokenizer.from_str(found.tokenizer)
    told = [json.loads(line)["conversations"] for line in texts[0].read_text(encoding="utf-8").splitlines()]
    whole = ["\n".join(turn["value"] for turn in turns) for turns in told]
    for lengths, tokenizer in ((found.before, plain), (found.after, new)):
        assert lengths == pytest.approx(sum(map(len, whole)) / sum(len(tokenizer.encode(text)) for text in whole))
    assert found.after > found.before


def test_words_are_mined_without_their_particles(site: Site, texts: list[Path]) -> None:
    found = vocabulary.choose(site.base, 5, texts, ROWS)
    assert set(found.tokens) == {"엑셀", "피벗테이블"}


def llama_2_like() -> Tokenizer:
    """SentencePiece as Hugging Face converts it: `▁` before whatever follows an added token, bytes for rare letters."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *"에서의수식는"]
    model = models.BPE({piece: at for at, piece in enumerate(pieces)}, [], byte_fallback=True, unk_token="<unk>")
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


def test_a_word_inside_another_is_written_back_without_a_gap(tmp_path: Path, texts: list[Path]) -> None:
    llama_2_like().save(str(tmp_path / "tokenizer.json"))
    found = vocabulary.choose(tmp_path, ("엑셀",), texts, ROWS)
    assert found.tokens == ("엑셀",)
    new = Tokenizer.from_str(found.tokenizer)
    for text in ("엑셀에서 수식은", "그 엑셀의 수식", "엑셀"):
        assert new.decode(new.encode(text).ids) == text
    naive = llama_2_like()
    naive.add_tokens([AddedToken("엑셀", normalized=False)])
    assert naive.decode(naive.encode("엑셀에서").ids) == "엑셀 에서"


def test_a_word_that_would_be_written_back_otherwise_is_left_out(
    tmp_path: Path, texts: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    llama_2_like().save(str(tmp_path / "tokenizer.json"))
    monkeypatch.setattr(vocabulary, "continued", lambda tokenizer: tokenizer)
    found = vocabulary.choose(tmp_path, ("엑셀",), texts, ROWS)
    assert found.refused == {"엑셀": "would not be written back as it was"}
    assert found.tokens == ()


# ---- the base model with the new rows


def test_new_rows_are_the_mean_of_their_pieces(site: Site, texts: list[Path]) -> None:
    found = vocabulary.choose(site.base, ("엑셀", "피벗테이블"), texts, ROWS)
    folder = extend.extended(site.base, found, site.store)
    old, new = load_file(site.base / "model.safetensors"), load_file(folder / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(site.base / "tokenizer.json"))
    assert new.keys() == old.keys() | {extend.HEAD}
    for name in (extend.EMBEDDINGS, extend.HEAD):  # the demo's two are one matrix, which becomes two
        assert (new[name][:1024] == old[extend.EMBEDDINGS]).all()
        for place, token in enumerate(found.tokens, start=1024):
            pieces = old[extend.EMBEDDINGS][tokenizer.encode(token).ids]
            assert new[name][place] == pytest.approx(pieces.mean(axis=0), abs=1e-7)
    assert all((new[name] == old[name]).all() for name in old.keys() - {extend.EMBEDDINGS})
    settings = json.loads((folder / "config.json").read_text())
    assert (settings["vocab_size"], settings["tie_word_embeddings"]) == (1_026, False)
    sha256 = base_model.fingerprint(folder)
    assert extend.base_of(sha256, site.profile.base_model, site.store) == folder
    with pytest.raises(TrainError, match=r"trained on base ffffffffffff, and deployments/demo/base_model is another"):
        extend.base_of("f" * 64, site.profile.base_model, site.store)


def test_bf16_rows_are_rounded_as_torch_does_and_rows_to_spare_are_used(
    site: Site, texts: list[Path], tmp_path: Path
) -> None:
    base = tmp_path / "base"
    base.mkdir()
    for file in site.base.iterdir():
        (base / file.name).write_bytes(file.read_bytes())
    # 1,028 rows of two, of which the tokenizer knows 1,024. Row n holds n and 1.
    values = np.stack([np.arange(1_028), np.ones(1_028)], axis=1).astype(np.float32)
    save_file({extend.EMBEDDINGS: values, extend.HEAD: values}, tmp_path / "fp32.safetensors")
    narrow = (values.view(np.uint32) >> 16).astype(np.uint16)  # integers up to 256 are exact
    contents = {name: extend.Content("BF16", (1_028, 2), narrow.tobytes()) for name in (extend.EMBEDDINGS, extend.HEAD)}
    extend.write_copy(tmp_path / "fp32.safetensors", base / "model.safetensors", contents)
    found = vocabulary.choose(base, ("엑셀",), texts, ROWS)
    folder = extend.extended(base, found, site.store)
    tensor = extend.read_header(folder / "model.safetensors")[extend.HEAD]
    assert (tensor.dtype, tensor.shape) == ("BF16", (1_028, 2))
    rows = np.frombuffer(extend.read_bytes(folder / "model.safetensors", tensor), np.uint16).reshape(1_028, 2)
    ids = Tokenizer.from_file(str(base / "tokenizer.json")).encode("엑셀").ids
    mean = (narrow[ids].astype(np.uint32) << 16).view(np.float32)[:, 0].mean()
    spacing = 2.0 ** (np.floor(np.log2(mean)) - 7)  # of bf16, which has eight significant bits
    got = (rows[1_024].astype(np.uint32) << 16).view(np.float32)
    assert abs(got[0] - mean) <= spacing / 2
    assert got[1] == 1.0
    assert (rows[1_025:] == narrow[1_025:]).all()


def test_a_base_in_several_files_keeps_those_without_embeddings(site: Site, texts: list[Path], tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    for file in site.base.iterdir():
        if file.name != "model.safetensors":
            (base / file.name).write_bytes(file.read_bytes())
    tensors = load_file(site.base / "model.safetensors")
    first = {extend.EMBEDDINGS: tensors.pop(extend.EMBEDDINGS)}
    save_file(first, base / "model-1.safetensors")
    save_file(tensors, base / "model-2.safetensors")
    where = dict.fromkeys(first, "model-1.safetensors") | dict.fromkeys(tensors, "model-2.safetensors")
    (base / extend.INDEX).write_text(json.dumps({"metadata": {}, "weight_map": where}))
    folder = extend.extended(base, vocabulary.choose(base, ("엑셀",), texts, ROWS), site.store)
    assert (folder / "model-2.safetensors").read_bytes() == (base / "model-2.safetensors").read_bytes()
    index = json.loads((folder / extend.INDEX).read_text())["weight_map"]
    assert index == where | {extend.HEAD: "model-1.safetensors"}
    assert load_file(folder / "model-1.safetensors")[extend.HEAD].shape == (1_025, 128)


# ---- a run


@pytest.mark.slow
def test_a_run_uses_records_and_reports_them(stand_in: Callable[[str], Site]) -> None:
    site, heard = stand_in("trains").set(new_tokens=("엑셀", "합계")), Heard()
    site.dataset = write_dataset(site.store, 48, 8, SYSTEM)
    adapter = site.train(heard)
    folder = site.store.open(adapter.uri)
    assert heard.metrics[0][1]["new_tokens"] == 1.0
    assert heard.said[0].startswith("1 new tokens (엑셀): ")
    assert "Left out: 합계 saves -1.0 tokens an example" in heard.said[0]
    base = extend.base_of(adapter.base_sha256, site.profile.base_model, site.store)
    assert base != site.base
    assert extend.recorded_base(folder) == adapter.base_sha256
    assert (folder / "tokenizer.json").read_bytes() == (base / "tokenizer.json").read_bytes()
    again = Heard()
    assert site.train(again) == adapter  # found, with its figures
    assert again.metrics[0] == heard.metrics[0]


def test_a_run_in_which_no_word_pays_is_a_plain_one(stand_in: Callable[[str], Site]) -> None:
    site, heard = stand_in("trains").set(new_tokens=("차트",)), Heard()
    adapter = site.train(heard)
    assert adapter.base_sha256 == base_model.fingerprint(site.base)
    assert heard.said[0].startswith("0 new tokens (none): ")
    told = json.loads((site.store.open(adapter.uri) / extend.RECORD).read_text(encoding="utf-8"))
    assert told["refused"] == {"차트": "stands in 0 examples (20 are needed)"}


# ---- merging


def test_a_whole_model_needs_no_merging(site: Site) -> None:
    with site.store.draft("adapters") as draft:
        (draft / "config.json").write_text("{}")
        published = site.store.publish(draft)
    adapter = Adapter(
        uri=published.uri,
        sha256=published.sha256,
        dataset_sha256="d" * 64,
        base_sha256="b" * 64,
        config_sha256="c" * 64,
        steps=1,
        train_loss=1.0,
    )
    said: list[str] = []
    model = merge(adapter, site.profile, site.store, site.workspace, said.append)
    assert (model.uri, said) == (adapter.uri, [f"{adapter.name} is a whole model"])


def test_an_adapter_of_another_base_is_not_merged(site: Site) -> None:
    adapter = publish_adapter(site.store, site.base, "e" * 64, seed=1)
    with pytest.raises(TrainError, match=r"the adapter was trained on base eeeeeeeeeeee, and .* is another one"):
        merge(adapter, site.profile, site.store, site.workspace)
    assert site.store.all("models") == []


# ---- settings


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["엑셀 시트"], "a new token is one word of 2 to 32 characters, and '엑셀 시트' is not"),
        (["값"], "and '값' is not"),
        (["엑셀", "엑셀"], "names a token twice"),
    ],
)
def test_what_is_no_word_is_refused_at_once(tokens: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_profile("demo", {"train.new_tokens": tokens})
